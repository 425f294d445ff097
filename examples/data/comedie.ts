/**
 * An original French comedy in three acts, written for this project in the manner of the
 * seventeenth-century stage. The plot, the characters and every line are new.
 *
 * It is the training text of the character-level LSTM example. The text is 35701 characters long
 * (36259 bytes in UTF-8) over 65 distinct characters. Each speech is a name in capitals on its own line,
 * the reply on the lines below it (under 80 characters each), then an empty line.
 */
export const COMEDIE = `LA MARMITE,
comédie en trois actes.

ACTE PREMIER.

Scène première.

CASCARET.
Monsieur, voilà trois heures que nous saluons cette porte, et cette
porte ne nous a pas encore rendu notre politesse.

VALMIR.
Tais-toi, Cascaret. C'est là que demeure Isabeau.

CASCARET.
C'est là aussi que demeure son père, Monsieur, et c'est un homme qui
ferait payer aux passants l'ombre de sa muraille.

VALMIR.
Que m'importe le père, quand je n'ai des yeux que pour la fille ?

CASCARET.
Il importe beaucoup, Monsieur. La fille est dans le père comme la noix
est dans la coquille ; et cette coquille-là casse les dents.

VALMIR.
Quand l'Amour est bien fort, il n'est point de coquille qui tienne.

CASCARET.
Quand l'Amour est à jeun, Monsieur, il n'est pas si fort que vous dites.
Or nous sommes à jeun depuis hier matin.

VALMIR.
Peux-tu songer à manger, quand ton maître se meurt ?

CASCARET.
Ma foi, Monsieur, je ne songe qu'à cela. Si vous mourez, il faudra bien
que quelqu'un vous porte en terre, et je n'en aurai pas la force.

VALMIR.
Ah ! Cascaret, si tu avais vu ses yeux !

CASCARET.
Je les ai vus, Monsieur. Elle en a deux, comme tout le monde.

VALMIR.
Bourreau ! ce sont deux soleils !

CASCARET.
Deux soleils, soit. J'aimerais mieux deux poulets.

VALMIR.
Et sa voix ! et sa main ! et ce petit air de tristesse qui me perce le
cœur toutes les fois qu'elle passe à la fenêtre !

CASCARET.
Monsieur, cet air de tristesse n'est pas de l'amour : c'est qu'on dîne
mal chez son père. Toute la maison a cet air-là, jusqu'au chat.

VALMIR.
Paix ! on ouvre. Si c'était elle !

CASCARET.
Si c'était lui ! Mettez-vous derrière moi, Monsieur, ou plutôt
laissez-moi me mettre derrière vous.

Scène seconde.

TOINON.
Bonjour, Monsieur. Bonjour, Cascaret. Ne criez pas, ne soupirez pas, et
surtout ne dansez pas : je viens vous porter une mauvaise nouvelle.

VALMIR.
Juste ciel ! Isabeau ne m'aime plus ?

TOINON.
Elle vous aime comme une folle ; et c'est bien là le malheur, car on la
marie demain.

VALMIR.
Demain ! Et avec qui ?

TOINON.
Avec Monsieur Bouquinard.

VALMIR.
Bouquinard ! Qui est ce Bouquinard ?

TOINON.
C'est un savant, Monsieur. Il est maigre comme un clou, noir comme une
cheminée, et il parle latin aux servantes.

CASCARET.
Et que leur dit-il ?

TOINON.
Je ne sais pas ; mais je réponds toujours que non.

VALMIR.
Et ce pédant est donc bien riche, pour que ton maître le préfère à moi ?

TOINON.
Lui ? Il n'a pas deux chemises. Mais il a une vertu qui vaut de l'or aux
yeux de Monsieur Grippard. Devinez.

VALMIR.
La sagesse ?

TOINON.
Bon ! que ferait-il de la sagesse ?

CASCARET.
La patience ?

TOINON.
Point du tout. Il ne mange pas.

CASCARET.
Comment, il ne mange pas ?

TOINON.
Non. Il a trouvé dans un vieux livre le secret de vivre sans manger. Il
déjeune d'une sentence, il dîne d'une maxime, et le soir, quand il a
grand appétit, il se permet un proverbe.

CASCARET.
Morbleu ! voilà un homme que je ne veux pas connaître.

TOINON.
Mon maître en est charmé. Il dit qu'un gendre qui ne mange pas vaut mieux
qu'un gendre qui apporte, et qu'il n'est point de plus belle rente que la
faim d'autrui.

VALMIR.
Et Isabeau ?

TOINON.
Isabeau pleure. Mais son père lui défend de pleurer dans des mouchoirs,
parce qu'il faut les laver.

VALMIR.
Ah ! Toinon, ma chère Toinon, sauve-moi ! Je te donnerai tout ce que j'ai.

CASCARET.
Ne t'y fie pas, Toinon : il me le donne depuis deux ans.

TOINON.
Je ne veux rien, Monsieur. J'aime ma maîtresse, et je n'aime pas le latin.
Cela me suffit. Quand l'Amour frappe à la porte, l'avarice a beau tirer le
verrou : il faut toujours que quelque servante aille ouvrir.

VALMIR.
Que faut-il que je fasse ?

TOINON.
Vous, Monsieur, rien du tout. Les amants gâtent toujours les affaires de
l'amour. Mais Cascaret me peut servir. Sais-tu le latin, Cascaret ?

CASCARET.
Pas un mot.

TOINON.
As-tu quelque teinture de la médecine ?

CASCARET.
Je sais mourir de faim ; c'est tout ce que j'en ai appris.

TOINON.
Bon. Tu seras médecin avant ce soir.

CASCARET.
Moi, médecin ? Et si je tue quelqu'un ?

TOINON.
On ne t'en croira que mieux. Allez tous deux m'attendre au coin de la rue.
Je vois venir mon maître, et il compte ses pas.

CASCARET.
Pourquoi compte-t-il ses pas ?

TOINON.
Pour ménager ses souliers.

Scène troisième.

GRIPPARD.
Colas ! Holà, Colas ! Combien avons-nous brûlé de chandelles cette
semaine ?

COLAS.
Aucune, Monsieur. Nous nous couchons avec les poules.

GRIPPARD.
Nous n'avons point de poules.

COLAS.
C'est vrai, Monsieur. Nous nous couchons avec les poules du voisin.

GRIPPARD.
Bon. Cela ne coûte rien. Et l'horloge ?

COLAS.
Je l'ai arrêtée, Monsieur, comme vous l'avez commandé.

GRIPPARD.
Tu as bien fait. Une horloge qui marche est une horloge qui s'use. Quand
je veux savoir l'heure, je la demande aux gens qui passent.

COLAS.
Et quand il ne passe personne, Monsieur ?

GRIPPARD.
Alors il est tard, et l'on se couche. Qu'as-tu là dans ta poche ?

COLAS.
Rien, Monsieur.

GRIPPARD.
Rien ? Tu me voles donc ; car ce matin tu y avais une croûte de pain.

COLAS.
Je l'ai mangée, Monsieur.

GRIPPARD.
Tu l'as mangée ! Tout entière ? En un jour ? Ah ! le prodigue ! Ah ! le
dissipateur ! Voilà comme les grandes maisons se ruinent !

COLAS.
Monsieur, c'était la croûte de mardi.

GRIPPARD.
Et que mangeras-tu dimanche, malheureux ?

COLAS.
Monsieur, si vous vouliez, dimanche, on mettrait au feu la grande marmite
de la cuisine, avec un chou, un peu de lard, et...

GRIPPARD.
La marmite ! Qui te parle de la marmite ? Pourquoi songes-tu à la
marmite ? As-tu regardé dans la marmite ?

COLAS.
Moi, Monsieur ? Je n'ose pas même regarder dessus.

GRIPPARD.
Qui t'a dit qu'il y avait quelque chose dans la marmite ?

COLAS.
Personne, Monsieur. C'est bien de quoi je me plains : il n'y a jamais
rien dans la marmite.

GRIPPARD.
Il a raison. Il n'y a rien. Non, mon pauvre Colas, il n'y a rien du tout
dans la marmite, et je te rouerai de coups si tu vas voir qu'il n'y a rien.

COLAS.
Hélas ! Monsieur, dans mon pays les marmites fument. Chez vous, il n'y a
que la cheminée du voisin.

GRIPPARD.
Eh bien ! respire la cheminée du voisin : je ne t'en empêche pas. Va, et
ne marche pas si fort ; tu uses le plancher.

COLAS, à part.
Il y a du mystère dans cette marmite. Ou c'est le diable, ou c'est un
jambon.

GRIPPARD, seul.
Il est parti. Ma chère marmite ! ma belle marmite ! ma douce marmite !
Dix mille écus d'or y dorment sous un vieux couvercle, et personne au
monde n'en sait rien. Où pouvais-je mieux cacher mon bien ? Dans une cave,
on descend ; dans un coffre, on regarde ; dans un jardin, on creuse : mais
dans la marmite d'un homme qui ne dîne point, qui diable irait chercher ?
Voici Monsieur Bouquinard, mon gendre, l'honneur de son siècle. Voyez
comme il est maigre ! On dirait que la nature a voulu l'épargner.

Scène quatrième.

BOUQUINARD.
Monsieur, je vous salue en trois manières : comme mon voisin, comme mon
ami, et comme mon beau-père ; et je divise chaque salut en deux parties.

GRIPPARD.
Monsieur, un seul salut suffit : il ne faut rien prodiguer. Avez-vous bien
dîné ?

BOUQUINARD.
Divinement. J'ai lu deux pages de morale, dont l'une était fort grasse.

GRIPPARD.
Le digne homme ! Et ne vous sentez-vous jamais quelque envie de rôti ?

BOUQUINARD.
Le rôti, Monsieur, est une opinion. Les sages ont prouvé que le corps ne
demande à manger que parce qu'on lui répond. Ne répondez plus, il se tait.

GRIPPARD.
Que cela est beau ! Colas ne veut jamais se taire.

BOUQUINARD.
C'est qu'il n'a pas lu. L'ignorance est la mère de l'appétit. Un homme qui
saurait tout ne mangerait rien.

GRIPPARD.
Et combien de temps faut-il pour apprendre à ne plus manger ?

BOUQUINARD.
Cela dépend des sujets. Un âne que j'instruisais y était presque parvenu ;
mais il mourut le jour même où il allait savoir.

GRIPPARD.
C'est dommage. Et ma fille, Monsieur ? Vous l'instruirez ?

BOUQUINARD.
En six mois, je veux qu'elle ne prenne plus qu'une prune ; et en un an,
que le noyau lui suffise.

GRIPPARD.
Embrassez-moi, mon gendre ! Les larmes m'en viennent aux yeux ; mais je
les retiens, car on ne sait pas ce que l'on peut avoir à pleurer demain.

BOUQUINARD.
Monsieur, je vous apporte aussi, pour la noce, une pièce de vers de ma
façon.

GRIPPARD.
Coûte-t-elle quelque chose ?

BOUQUINARD.
Rien que la peine de l'entendre.

GRIPPARD.
Cela est encore trop cher. Vous la direz à ma sœur Doralise, qui aime les
vers. Pour moi, je vais parler à ma fille, et lui apprendre son bonheur.

BOUQUINARD, à part.
Il s'en va. Par où passe-t-on, dans cette maison, pour aller à la cuisine ?
Je crois sentir un fromage. Non, c'est le chat.

Scène cinquième.

GRIPPARD.
Approchez, ma fille. Approchez, et tenez-vous droite : on ne vous a pas
donné une robe pour la plier.

ISABEAU.
Mon père, je vous obéis.

GRIPPARD.
Vous savez combien je vous aime.

TOINON.
Elle le sait, Monsieur, à un denier près.

GRIPPARD.
Qui te parle, à toi ? Ma fille, je vous ai choisi un mari.

ISABEAU.
Hélas !

GRIPPARD.
Comment, hélas ?

TOINON.
C'est de joie, Monsieur. Les filles bien nées disent toujours hélas quand
on les marie.

GRIPPARD.
A la bonne heure. C'est un homme sage, sobre, tranquille, et qui n'a pas
coûté un sou à son père depuis qu'il est au monde.

TOINON.
Est-ce qu'il est mort, Monsieur ?

GRIPPARD.
Insolente ! C'est Monsieur Bouquinard.

TOINON.
Il est donc mort ; je le disais bien.

ISABEAU.
Mon père, je vous demande en grâce de considérer que je ne l'aime point.

GRIPPARD.
Tant mieux. L'amour est une dépense. On commence par des bouquets, on
continue par des rubans, et l'on finit par des enfants, qui mangent.

ISABEAU.
Mon père, mon cœur ne peut se donner deux fois.

GRIPPARD.
Deux fois ! Et à qui l'a-t-on donné la première, s'il vous plaît ? Sans ma
permission ! Sans quittance !

TOINON.
A la vertu, Monsieur. Elle parle de la vertu.

GRIPPARD.
Qu'elle la garde : elle en aura besoin avec Monsieur Bouquinard. La chose
est conclue. Demain à midi le notaire apporte le contrat, et il a promis
de l'écrire fort petit, pour épargner le papier.

ISABEAU.
Ah ! mon père, j'en mourrai.

GRIPPARD.
Gardez-vous-en bien, ma fille. Savez-vous ce que coûte un enterrement ?

TOINON.
Monsieur, si j'étais elle, je mourrais exprès, rien que pour vous faire
payer les cierges.

GRIPPARD.
Tais-toi, peste ! Je te chasserais, si je ne te devais pas six ans de
gages.

TOINON.
Et moi, je vous quitterais, si vous me les aviez payés.

GRIPPARD.
Demain à midi. Qu'on se le tienne pour dit. Je vais voir si ma marmite...
Je veux dire, je vais voir si le temps change.

TOINON.
Avez-vous entendu, Madame ? Voilà deux fois aujourd'hui qu'il parle de
cette marmite, et il rougit comme une fille qui a reçu un billet.

ISABEAU.
Ah ! Toinon, que m'importe une marmite, quand je perds Valmir !

TOINON.
Elle m'importe, à moi. Dans une maison où l'on ne mange pas, une marmite
dont on rêve est une marmite pleine. Séchez vos yeux, Madame, et
dites-moi : avez-vous bon appétit ?

ISABEAU.
Moi ? J'ai toujours un peu faim, comme tout le monde ici.

TOINON.
Dieu soit loué ! C'est de cela que vous allez être malade.

ACTE SECOND.

Scène première.

TOINON.
Tourne-toi un peu. Bon. La robe est longue, le chapeau est large, et la
barbe tient presque. Te voilà médecin, mon pauvre Cascaret.

CASCARET.
Il me semble que cette barbe penche du côté du cimetière.

TOINON.
C'est la mode de la profession. Comment marcheras-tu ?

CASCARET.
Lentement, comme un homme qui suit ses malades.

TOINON.
Que diras-tu en entrant ?

CASCARET.
Je demanderai ce qu'il y a pour souper.

TOINON.
Maraud ! Tu diras : où est la malade ?

CASCARET.
Et ensuite ce qu'il y a pour souper.

TOINON.
Ensuite tu prendras le bras, tu regarderas le ciel, et tu soupireras. Si
l'on t'interroge, réponds par Hippocrate ; si l'on te presse, réponds par
Galien ; et si l'on te pousse à bout, parle du foie.

CASCARET.
De quel côté est-il ?

TOINON.
Du côté où l'on te croira. Souviens-toi bien du remède : un bouillon, mais
un bouillon qui ne peut se faire que dans la plus grande et la plus
vieille marmite de la maison.

CASCARET.
Et pourquoi dans la plus vieille ?

TOINON.
Tu le sauras quand elle sera sur le feu. Va m'attendre derrière la porte,
et ne mange pas ta barbe.

CASCARET.
Je ne promets rien ; elle sent un peu la chèvre.

Scène seconde.

TOINON.
Ah ! quel malheur ! Ah ! quelle misère ! Ah ! pauvre père ! Que dira-t-il,
le pauvre Monsieur Grippard ?

GRIPPARD.
Qu'est-ce ? Qu'y a-t-il ? Pourquoi ces cris ? Parle plus bas : le voisin en
profite.

TOINON.
Ah ! Monsieur, où êtes-vous ? Je vous cherche partout.

GRIPPARD.
Me voici devant toi. A-t-on touché à la cuisine ?

TOINON.
Ah ! Monsieur, votre fille !

GRIPPARD.
Eh bien ! ma fille ? Est-ce qu'elle a touché à la cuisine ?

TOINON.
Monsieur, elle est malade.

GRIPPARD.
Tu m'as fait peur. Est-ce d'une maladie qui coûte ?

TOINON.
Hélas ! Monsieur, c'est la plus chère de toutes.

GRIPPARD.
La peste ?

TOINON.
Plût au ciel ! La peste ne prend que la vie.

GRIPPARD.
La fièvre ?

TOINON.
Une fièvre serait une fortune. Monsieur, armez-vous de courage, et
appuyez-vous contre le mur. Elle a faim.

GRIPPARD.
Elle a faim ! Ma fille ! Et de qui tient-elle cela ? Sa mère n'a jamais eu
faim que deux fois, et la seconde elle en est morte.

TOINON.
Cela lui a pris tout d'un coup, comme vous lui parliez de ce mariage. Elle
a pâli, elle a rougi, et elle a mangé un poulet.

GRIPPARD.
Un poulet ! D'où venait-il ?

TOINON.
De chez le rôtisseur, Monsieur, à votre nom.

GRIPPARD.
A mon nom ! Un poulet court la ville sous mon nom ! Et l'on m'en croira le
père ! A-t-elle au moins rendu les os ?

TOINON.
Elle les a mangés aussi.

Scène troisième.

ISABEAU.
Mon père, donnez-moi du pain ! Mon père, donnez-moi du bœuf ! Mon père,
qu'est-ce que vous tenez là ?

GRIPPARD.
C'est mon chapeau, ma fille.

ISABEAU.
Est-il tendre ?

GRIPPARD.
Juste ciel ! elle mangerait mon chapeau !

TOINON.
Prenez garde, Monsieur : elle a déjà regardé vos gants.

ISABEAU.
Je vois des tourtes, des pâtés, des perdrix rangées comme des soldats ; et
derrière les perdrix, un grand jambon qui commande l'armée.

GRIPPARD.
Ma chère fille, calmez-vous. Songez à Monsieur Bouquinard, votre époux, qui
ne mange point.

ISABEAU.
Bouquinard ! Ah ! je meurs ! A ce nom seul, je dévorerais un mouton.
Toinon, un mouton ! Vite, un mouton !

GRIPPARD.
Ne le nommons plus. Toinon, que faut-il faire ?

TOINON.
Monsieur, il faut un médecin.

GRIPPARD.
Un médecin ! On le paie, et l'on meurt : c'est acheter deux fois la même
chose.

TOINON.
J'en connais un, Monsieur, qui ne prend rien que quand on guérit.

GRIPPARD.
Il doit être bien pauvre.

TOINON.
C'est un homme étrange, qui court le monde pour sa gloire. Il est à deux
pas d'ici. Je l'ai vu tout à l'heure guérir un cocher qui ne voulait plus
boire ; à présent il boit, il jure, il bat sa femme, et toute la famille
est dans la joie.

ISABEAU.
Mon père, un mouton !

GRIPPARD.
Va le chercher, Toinon ! Va vite ! Mais ne cours pas : tes souliers sont à
moi.

Scène quatrième.

CASCARET.
Où est le souper ? Je veux dire, où est la malade ?

GRIPPARD.
La voici, Monsieur le médecin. Je suis son père.

CASCARET.
Vous êtes son père ? Depuis combien de temps ?

GRIPPARD.
Depuis qu'elle est née, Monsieur.

CASCARET.
Mauvais signe. Le mal vient de loin. Donnez-moi votre bras.

GRIPPARD.
Mais ce n'est pas moi qui suis malade.

CASCARET.
C'est ce que disent tous ceux qui le sont. Le sang du père, dit Hippocrate,
coule dans la fille ; et quand la fille a faim, c'est que le père n'a pas
dîné. Tirez la langue.

GRIPPARD.
La voilà.

CASCARET.
Ah ! la vilaine langue ! Elle est toute sèche, toute grise, et pliée en
quatre comme un contrat. Depuis quand n'a-t-elle pas vu de vin ?

GRIPPARD.
Depuis mes noces, Monsieur ; et encore, c'était le vin de mon beau-père.

CASCARET.
Je m'en doutais. Voyons la malade. Madame, que sentez-vous ?

ISABEAU.
Monsieur, je sens une odeur d'oie rôtie.

CASCARET.
Où est-elle ? Morbleu ! qu'on l'apporte ! Je veux dire, voilà qui est
grave. Et quand on vous parle de mariage ?

ISABEAU.
Cela dépend de qui l'on me parle, Monsieur. Si l'on me parle d'un jeune
homme qui m'aime, je n'ai plus faim du tout.

CASCARET.
Vous l'entendez, Monsieur ? Et si l'on vous parle d'un savant ?

ISABEAU.
Un bœuf ! Toinon, un bœuf !

CASCARET.
Cela est clair comme le jour. Quand l'Amour ne trouve point de quoi se
nourrir dans le cœur, il descend dans l'estomac, et il y fait un ravage
épouvantable. Galien l'a vu chez une princesse, qui mangea trois provinces
en un carême.

GRIPPARD.
Trois provinces ! Monsieur le médecin, j'ai une petite ferme, et je n'ai
que celle-là.

CASCARET.
Elle ne durera pas jusqu'à lundi.

GRIPPARD.
Mais enfin, Monsieur, n'est-il point de remède ?

CASCARET.
Il en est deux. Le premier est de la donner à ce jeune homme.

GRIPPARD.
Un jeune homme qui mange ? Voyons le second.

CASCARET.
Le second est un bouillon.

GRIPPARD.
Ah ! Monsieur, j'aime mieux le bouillon. De quoi le fait-on ?

CASCARET.
De presque rien : deux chapons, une épaule de mouton, un jarret de veau,
douze oignons, et un pâté que le médecin mange, pour juger du reste.

GRIPPARD.
Vous appelez cela presque rien ! Et si je mettais douze oignons, en
ôtant le veau, le mouton, les chapons et le pâté ?

CASCARET.
Elle mourrait, Monsieur, et vous auriez les oignons sur la conscience.

GRIPPARD.
Allons, pour une fois dans ma vie ! Je vendrai le bouillon qui restera.

CASCARET.
Ce n'est pas tout. Il y faut de l'eau de pluie, du bois bien sec, et une
vieille marmite.

GRIPPARD.
Une marmite !

CASCARET.
La plus grande de la maison.

GRIPPARD.
La plus grande !

CASCARET.
Toute la vertu du remède est dans le fond. Plus la marmite est demeurée
longtemps sans servir, plus le bouillon est souverain.

GRIPPARD.
Toinon, soutiens-moi.

TOINON.
Quel bonheur, Monsieur ! Nous avons justement une marmite qui n'a pas
servi depuis vingt ans. Je vais la mettre au feu.

GRIPPARD.
Arrête, scélérate ! Si tu fais un pas vers la marmite, je t'étrangle !

CASCARET.
Ah ! ah ! voilà le père qui s'échauffe. Le mal le gagne. Monsieur,
auriez-vous faim ?

GRIPPARD.
Non, non, je n'ai pas faim. C'est que cette marmite... est percée.

TOINON.
Percée ? Je vais voir, Monsieur.

GRIPPARD.
Non ! Elle n'est pas percée. Elle est... elle est fatiguée. C'est une
marmite de famille. Mon grand-père y est mort.

CASCARET.
Dans la marmite ?

GRIPPARD.
Auprès, Monsieur, auprès. Qu'on en loue une autre ! qu'on en emprunte une !
Le voisin en a de fort belles.

CASCARET.
Il faut celle de la maison. Hippocrate n'a qu'une parole : la marmite au
feu demain à midi, ou la fille mange le père. Je suis votre serviteur.

Scène cinquième.

GRIPPARD, seul.
Demain à midi ! O cruelle faim ! O médecin barbare ! O mes pauvres écus !
Vous mettre au feu, vous, mes enfants ! Vous faire bouillir avec des
oignons ! Où vous porterai-je ? Dans la cave ? Elle est humide, et l'or est
délicat. Dans mon lit ? Colas le fait. Colas ne le fait pas, mais il
pourrait s'aviser de le faire. Attendons la nuit. Quand tout le monde
dormira, je descendrai sans lumière, ce qui épargnera la chandelle, et je
vous tirerai de là l'un après l'autre, en vous appelant par vos noms.

Scène sixième.

BOUQUINARD.
Monsieur mon beau-père, on conte une étrange chose par toute la maison. On
dit que votre fille a mangé un poulet.

GRIPPARD.
Hélas ! Monsieur, il n'est que trop vrai.

BOUQUINARD.
Un poulet entier ?

GRIPPARD.
Entier, Monsieur.

BOUQUINARD.
Rôti, ou bouilli ?

GRIPPARD.
Rôti.

BOUQUINARD.
Avec la peau bien dorée ?

GRIPPARD.
Je n'y étais pas, Monsieur ; je n'ai vu que le mémoire.

BOUQUINARD.
Et n'en est-il rien demeuré, pas une aile, pas un cou, pas une petite
goutte de sauce au bord du plat ? Je le demande pour la science.

GRIPPARD.
Rien du tout. Ah ! Monsieur, promettez-moi que vous la corrigerez.

BOUQUINARD.
Je l'enfermerai avec les œuvres d'un ancien, qui a écrit douze volumes
contre le dessert.

GRIPPARD.
Et vous croyez qu'elle perdra le goût de la volaille ?

BOUQUINARD.
Elle perdra tous les goûts, Monsieur ; j'y ai bien perdu le mien. Mais pour
combattre le vice, il faut le connaître. Si l'on apporte encore quelque
poulet, ayez soin qu'on me le montre d'abord.

GRIPPARD.
Qu'en ferez-vous ?

BOUQUINARD.
Je lui parlerai en particulier.

GRIPPARD.
Le grand homme ! Il est demain jeudi : vous n'aurez pas oublié que c'est le
jour de vos noces ?

BOUQUINARD.
Je n'oublie jamais rien. Et le repas, Monsieur, à quelle heure ?

GRIPPARD.
Le repas ? Quel repas ?

BOUQUINARD.
Il est vrai, j'oubliais. Je voulais dire, la harangue.

GRIPPARD.
Nous en aurons deux. Ne vous couchez pas trop tard, mon gendre : le sommeil
est le seul festin où l'on invite sans dépenser.

BOUQUINARD, à part.
Dieux ! que j'ai faim ! Si ce mariage tarde encore une semaine, je mange
Aristote, à commencer par la couverture.

Scène septième.

DORALISE.
Monsieur Bouquinard, mon frère m'a dit que vous aviez des vers sur vous.
Ne me les cachez pas davantage : je suis une personne qui se meurt pour
un sonnet.

BOUQUINARD.
Madame, ce n'est pas un sonnet ; ce ne sont que des stances, que j'ai
faites en rêvant à une table. Je veux dire, à une dame.

DORALISE.
A une dame ! Ah ! Monsieur, je tremble. Lisez, et lisez lentement, afin
que j'aie le loisir de me trouver mal.

BOUQUINARD.
Quand l'Amour en mon sein vint allumer sa flamme,
Je crus que c'était l'air du four d'un pâtissier ;
Il entra par mes yeux, il descendit dans l'âme,
Et je sentis mon cœur rôtir tout le premier.

DORALISE.
Ah ! rôtir tout le premier ! Que cela est chaud ! Que cela est galant !

BOUQUINARD.
Philis, votre beauté m'est une douce crème ;
Vos lèvres ont l'éclat des fraises du matin ;
Et si de mes soupirs vous doutez que je t'aime,
Voyez comme je suis maigre auprès d'un festin.

DORALISE.
Monsieur, arrêtez. Je n'en puis plus. Vous doutez que je t'aime ! Ce petit
désordre du vous et du tu, comme il peint bien la passion !

BOUQUINARD.
Madame, c'est que la rime pressait.

DORALISE.
Et que de fraises ! que de crème ! On mangerait ces vers à la cuiller.

BOUQUINARD.
Hélas ! Madame, c'est ainsi que je les ai faits.

DORALISE.
Et ma nièce, une enfant qui n'entend rien aux stances, aura pour elle un
esprit de cette force ! Monsieur, je suis veuve ; j'ai ma maison à moi,
tout auprès d'ici, une petite rente, une cuisinière...

BOUQUINARD.
Une cuisinière, Madame ? Et que fait-elle, je vous prie ?

DORALISE.
Rien de rare : des tourtes, des ragoûts, quelques petits pieds en sauce.
Mais cela ne vous touche point, vous qui vivez de maximes.

BOUQUINARD.
Sans doute, Madame. Cependant, la sauce... Je veux dire, la science... Ah !
Madame, que vous avez de beaux yeux, et que vous logez près d'ici !

DORALISE.
Il soupire ! Retirons-nous. Une honnête femme ne doit jamais entendre plus
de deux soupirs avant le souper.

Scène huitième.

VALMIR.
La voici. Non, je ne lui parlerai pas. Madame, je ne vous parle pas.

ISABEAU.
Vous ne me parlez pas, Valmir ? Et pourquoi donc venez-vous me le dire ?

VALMIR.
Pour que vous le sachiez, perfide !

ISABEAU.
Perfide ! moi ! Qu'ai-je fait ?

VALMIR.
Ce que vous avez fait ? On vous marie, Madame, on m'assassine ; je passe
les jours dans les larmes et les nuits dans la rue ; et vous, cruelle,
vous mangez un poulet !

ISABEAU.
Ce poulet n'était qu'une feinte.

VALMIR.
Il n'en reste pas une aile !

ISABEAU.
Je le mangeais pour vous, ingrat.

VALMIR.
Pour moi ! Et moi, Madame, je n'ai rien mangé du tout pour vous. Voilà la
différence de nos deux cœurs.

ISABEAU.
Si vous aviez de l'esprit, Valmir, vous ne seriez pas jaloux d'une
volaille.

VALMIR.
Si vous aviez de l'amour, Madame, elle vous serait restée dans la gorge.

ISABEAU.
C'en est trop. J'épouserai Monsieur Bouquinard.

VALMIR.
Et moi, je m'embarquerai pour les Indes.

ISABEAU.
Partez.

VALMIR.
Je pars. Adieu, Madame.

ISABEAU.
Adieu, Monsieur.

TOINON.
Eh bien ! où allez-vous tous deux ? La porte n'est pas de ce côté-là,
Monsieur ; et vous, Madame, vous allez entrer dans l'armoire.

VALMIR.
Je vais aux Indes.

TOINON.
Il pleut, Monsieur ; vous irez demain.

ISABEAU.
Laisse-le partir, Toinon.

TOINON.
Je n'en ferai rien. Quoi ! je mets un valet en médecin, je mets la faim
dans la maison, je mets la marmite au feu, et vous mettez tout par terre
pour une cuisse de poulet ! Donnez-moi votre main, vous.

VALMIR.
Ma main ? La voilà ; mais c'est par colère.

TOINON.
Et vous, la vôtre.

ISABEAU.
La voilà ; mais c'est par dépit.

TOINON.
Bon. Quand l'Amour se querelle, il faut lui joindre les mains comme aux
enfants qui prient. Vous aimez-vous encore ?

VALMIR.
Hélas ! plus que ma vie.

ISABEAU.
Et moi, Valmir, plus que tous les poulets du monde.

TOINON.
Voilà parler. Allez, Monsieur, et soyez cette nuit sous la fenêtre de la
cuisine. Mon maître y viendra, ou je ne m'appelle pas Toinon ; et je veux
que toute la maison soit là pour lui souhaiter le bonsoir.

ACTE DERNIER.

Scène première.

TOINON.
Tout dort, ou fait semblant. Ma maîtresse est dans l'escalier, son amant
sous la fenêtre, et Cascaret dans la cheminée. J'ai mis sur cette table un
pâté tout chaud, qui parle aussi haut qu'un pâté peut parler. Voyons qui
lui répondra.

CASCARET.
Toinon !

TOINON.
Paix ! Que veux-tu ?

CASCARET.
Si j'allais tenir compagnie au pâté ? Il est seul, il s'ennuie.

TOINON.
Si tu y touches, je te fais médecin pour toute ta vie.

CASCARET.
Je me tais. Mais la suie me tombe dans la barbe, et je ne sais plus
lequel de nous deux est le ramoneur.

TOINON.
J'entends marcher. Ne souffle plus.

Scène seconde.

BOUQUINARD.
O nuit, mère des songes et du silence, prête-moi ton manteau ! Depuis
quinze jours que je fais le sage dans cette maison, je n'ai vécu que de
ce que j'ai volé au chat ; et le chat commence à s'en plaindre. Les
anciens ont bien dit que la science nourrit l'âme ; mais ils dînaient,
les traîtres, avant que de le dire. Que sens-je ? Est-ce une illusion ?
Non : c'est un pâté. Je le connais à son éloquence.

COLAS.
Je n'ai pas peur. Je suis dans la cuisine, il fait noir comme dans un
four, et je n'ai pas peur du tout. Si c'est le diable qui est dans la
marmite, je lui dirai que je me suis trompé de porte. Si c'est un jambon,
je ne lui dirai rien.

BOUQUINARD.
On a remué. Qui va là ?

COLAS.
Personne. Et vous ?

BOUQUINARD.
Personne non plus.

COLAS.
Je suis bien aise de le savoir, car j'allais avoir peur.

BOUQUINARD, à part.
C'est quelque rat qui parle. Mangeons vite.

COLAS, à part.
C'est quelque esprit qui mâche. Ma foi, puisqu'il est occupé, allons à la
marmite. La voici. Le couvercle est lourd. J'y mets un bras. Je sens
quelque chose de rond, de dur et de froid. Ce n'est pas le diable, qui est
chaud. Ce n'est pas un jambon, qui est gras. Seraient-ce des lentilles ?
Les grosses lentilles !

BOUQUINARD, à part.
O croûte ! O farce ! O jus ! Jamais Platon ne m'a parlé de la sorte.

Scène troisième.

GRIPPARD.
Marchons doucement. Trente-deux marches : je n'en ai usé que seize. Où
es-tu, ma marmite ? Me voici, ma mie. C'est ton Grippard qui vient te
délivrer des oignons. Donne-moi la main. Juste ciel ! elle me la donne !

COLAS.
Au secours ! La marmite me tient !

GRIPPARD.
Au voleur ! La marmite a des doigts !

COLAS.
Monsieur le diable, lâchez-moi ! Je ne voulais que des lentilles !

GRIPPARD.
Rends-moi mes enfants, bourreau ! Rends-moi mes entrailles !

BOUQUINARD.
Des enfants ! des entrailles ! Je suis tombé chez un ogre. Sauvons le pâté.

GRIPPARD.
Ils sont deux ! ils sont dix ! ils sont trente ! Au voleur ! à la garde !
Apportez de la lumière ! Mais n'en apportez qu'une !

Scène quatrième.

TOINON.
Me voici, Monsieur, avec une chandelle.

VALMIR.
Me voici, Monsieur, avec mon épée.

DORALISE.
Me voici, mon frère, avec mes vapeurs.

ISABEAU.
Ah ! mon père, êtes-vous blessé ?

GRIPPARD.
Non, ma fille. Toinon, puisque tu vois clair, souffle cette chandelle.

TOINON.
Un moment, Monsieur : il y a ici des choses à voir. Voilà Colas qui a le
bras dans la marmite jusqu'à l'épaule.

COLAS.
Il y est entré tout seul, Monsieur.

TOINON.
Et voilà sous la table une chose noire qui remue. Sortez, la chose noire.
Hé ! c'est Monsieur Bouquinard !

DORALISE.
Monsieur Bouquinard ! Vous composiez sous cette table ?

BOUQUINARD.
Madame, je méditais.

TOINON.
Il médite la bouche pleine. Voyez, Monsieur, comme la sagesse lui coule
sur le menton.

GRIPPARD.
Mon gendre, que tenez-vous là ?

BOUQUINARD.
Un livre, Monsieur.

GRIPPARD.
Un livre qui a de la croûte ?

BOUQUINARD.
C'est la reliure.

GRIPPARD.
Il mange ! Le traître ! le perfide ! le gendre dénaturé ! Il mange, et il
mange la nuit, quand les honnêtes gens ne mangent pas, même le jour !

BOUQUINARD.
Monsieur, je vais vous expliquer la chose en trois points. Premièrement, il
faut distinguer entre manger et manger. Secondement...

GRIPPARD.
Secondement, sortez de chez moi ! Et laissez le pâté !

BOUQUINARD.
Cela m'est impossible, Monsieur. Nous ne faisons plus qu'un.

DORALISE.
Ah ! mon frère, quel esprit ! Il répond comme un oracle. Monsieur, si l'on
vous chasse d'ici, ma maison vous est ouverte, et ma cuisine ne se ferme
qu'à minuit.

BOUQUINARD.
Madame, je vous adore. Quand l'Amour et le souper logent à la même
enseigne, un philosophe sait où il doit entrer.

GRIPPARD.
Qu'il s'en aille ! Qu'elle l'emporte ! Qu'elle le nourrisse ! Ce sera sa
punition. Et vous, Monsieur, qui avez une épée, que faites-vous dans ma
cuisine ?

VALMIR.
Monsieur, je passais dans la rue. J'ai entendu crier au voleur, et je suis
entré par la fenêtre.

GRIPPARD.
Avez-vous cassé une vitre ?

VALMIR.
Non, Monsieur.

GRIPPARD.
Voilà un jeune homme qui a de l'éducation.

Scène cinquième.

CASCARET.
Place, place à la médecine ! Il est minuit passé, la lune est bonne, et je
viens mettre la marmite au feu.

GRIPPARD.
D'où sortez-vous, Monsieur le médecin, si noir et à cette heure ?

CASCARET.
De votre cheminée, Monsieur. Je lui tâtais le pouls. Elle est très mal :
elle n'a pas fumé depuis vingt ans. Allons, Toinon, du bois !

GRIPPARD.
Non ! Non ! Ma fille est guérie ! Ma fille, dites que vous êtes guérie !

ISABEAU.
Mon père, cela dépend du mari.

GRIPPARD.
Je chasse Bouquinard ! Il n'y a plus de Bouquinard !

ISABEAU.
Ah ! je me sens mieux. Je ne mangerais plus qu'un agneau.

CASCARET.
Ce n'est que la moitié de la cure. Colas, ôte ton bras, et renverse-moi
cette marmite, que je voie si le fond est net.

COLAS.
De tout mon cœur, Monsieur. Place aux lentilles !

GRIPPARD.
Arrête ! Ah ! je suis mort !

ISABEAU.
Que vois-je ? De l'or !

VALMIR.
Des écus !

DORALISE.
Des louis !

COLAS.
Ce n'étaient donc pas des lentilles ? Quel dommage !

TOINON.
Eh bien ! Monsieur, vous qui disiez qu'il n'y avait rien dans la marmite ?

GRIPPARD.
Je le dis encore. Il n'y a rien. Ce n'est rien. Tournez-vous tous contre
le mur.

TOINON.
Puisque ce n'est rien, Monsieur, cela n'est à personne ; et puisque cela
n'est à personne, Colas peut bien en prendre une poignée.

COLAS.
Deux, si l'on veut.

GRIPPARD.
N'y touche pas, pendard ! C'est à moi ! C'est mon sang ! C'est ma vie !

CASCARET.
C'est à vous ? Ah ! Monsieur, le beau mensonge ! Un homme qui aurait dix
mille écus laisserait-il jeûner sa fille, son valet et son chat ? Je vous
ai vu la langue : c'est la langue d'un pauvre.

TOINON.
Assurément. Je suis ici depuis six ans, et quand je demandais mes gages,
Monsieur me jurait sur son honneur qu'il n'avait pas un écu.

DORALISE.
Et moi, mon frère, quand je vous demandais ma part de notre mère, vous
pleuriez si bien que je vous prêtais de quoi acheter du pain.

GRIPPARD.
Oui, je pleurais. J'ai toujours eu l'œil tendre. Mais l'or est à moi.

TOINON.
Voici justement le notaire, que j'ai fait venir avant l'heure. Il nous dira
ce que la loi en pense.

Scène sixième.

LE NOTAIRE.
Messieurs, Mesdames, je vous donne le bonsoir, ou le bonjour, selon ce
que l'on me paiera. Où sont les parties ?

TOINON.
Les voici par terre, Monsieur, et qui brillent. A qui appartient un
trésor, quand le maître de la maison a juré qu'il n'avait rien ?

LE NOTAIRE.
Item, la chose est claire. Un trésor que personne n'avoue se partage : un
tiers au roi, un tiers aux pauvres, et le reste au notaire.

GRIPPARD.
Je l'avoue ! je l'avoue ! Il est à moi jusqu'au dernier denier !

LE NOTAIRE.
Avez-vous des témoins ?

GRIPPARD.
Des témoins ! Peut-on avoir des témoins, quand on cache son bien ? Colas,
mon ami, mon fils, tu savais que l'or était à moi ?

COLAS.
Non, Monsieur. Je croyais que c'était un jambon.

GRIPPARD.
Toinon, ma bonne Toinon !

TOINON.
Moi, Monsieur ? Je ne suis qu'une servante. Payez-moi mes six ans, et la
mémoire me reviendra peut-être.

GRIPPARD.
Tu les auras. O ciel ! six ans ! Tu es témoin ?

TOINON.
Un peu. Mais il en faut deux.

VALMIR.
Monsieur, je puis être le second. J'ai entendu par la fenêtre comme vous
appeliez ces écus ma mie, et mes enfants, et mes entrailles. Il n'y a
qu'un père qui parle ainsi.

GRIPPARD.
Le brave jeune homme ! Il a l'oreille bonne. Et que demandez-vous,
Monsieur, pour avoir entendu cela ?

VALMIR.
Rien, Monsieur. Je ne veux pas un seul de vos écus. Je ne vous demande
que Mademoiselle votre fille.

GRIPPARD.
Ma fille ? Quoi ! rien que ma fille ? Et qui la nourrira ?

VALMIR.
Moi, Monsieur.

GRIPPARD.
Et qui paiera la noce ?

VALMIR.
Moi, Monsieur.

GRIPPARD.
Et la chandelle qui brûle depuis une heure ?

VALMIR.
Moi, Monsieur, toujours moi.

GRIPPARD.
Mais vous, vous mangez ?

VALMIR.
Jamais chez vous, Monsieur ; je vous en donne ma parole.

GRIPPARD.
Touchez là. Voilà le plus honnête homme que j'aie vu de ma vie. Mais
dites-moi, mon gendre, avec quoi paierez-vous tout cela ?

CASCARET, à part.
Hélas ! Voilà le point. Il ne nous reste qu'une barbe, et on nous l'a
prêtée.

LE NOTAIRE.
N'est-ce pas Monsieur Valmir que je vois ? Je vous cherchais, Monsieur.
Votre oncle de Rouen est mort mardi, et il vous laisse deux moulins, une
maison, et tout le bétail.

CASCARET.
Un oncle ! Dieu soit loué ! Il en meurt toujours un à propos, quand les
amants n'ont plus le sou.

VALMIR.
Mon pauvre oncle ! Je le pleurerai demain. Aujourd'hui je ne saurais que
rire. Isabeau, êtes-vous contente ?

ISABEAU.
Valmir, je n'ai plus faim.

GRIPPARD.
Elle n'a plus faim ! O miracle ! O science ! Monsieur le médecin, vous êtes
un grand homme. Vous m'avez dit, je crois, que vous ne preniez rien ?

CASCARET.
Rien, Monsieur, que la main de Toinon, si elle veut bien la donner à un
docteur qui n'a jamais tué personne.

TOINON.
Quitte cette barbe, que je voie à qui je parle. Bon. Quand l'Amour a le visage
si noir, il faut au moins qu'il ait le cœur net. Veux-tu me promettre de
ne jamais parler latin ?

CASCARET.
Ma foi, je te promets de ne parler que la bouche pleine.

GRIPPARD.
Comment ! C'était un valet ? On m'a trompé !

TOINON.
Oui, Monsieur ; mais on ne vous a rien pris.

GRIPPARD.
On ne m'a rien pris ? C'est vrai. Alors je pardonne à tout le monde. Qu'on
me laisse seul avec ma marmite ; j'ai besoin d'être consolé.

COLAS.
Et moi, Monsieur ? Tout le monde se marie, tout le monde soupe ; que me
donnera-t-on, à moi ?

GRIPPARD.
Toi, Colas ? Je te permets de regarder la noce par la fenêtre.

DORALISE.
Viens chez moi, mon ami. Monsieur Bouquinard t'instruira, et ma cuisinière
fera le reste.

COLAS.
Madame, je commencerai par le reste.

LE NOTAIRE.
Signez tous ici. Prenez garde à l'encre : je la compte à la goutte.

GRIPPARD.
Que cet homme est sage ! Si j'avais une seconde fille, je la lui
donnerais.

TOINON.
Vous qui gardez votre or sous un couvercle noir,
Et qui pour l'épargner vous couchez sans y voir,
Apprenez qu'ici-bas toute serrure est vaine.
Quand l'Amour veut entrer, il entre, et sans grand-peine :
Il se fait médecin, servante ou cuisinier ;
Il passe par la porte, ou bien par le grenier ;
Et s'il trouve au logis une marmite pleine,
Il en fait le souper de toute la semaine.
`;

/**
 * Everyday French sentences written for this project, so that the word examples work without any download. They are
 * short, use the same words again and again, and have what French makes of them: elisions (l’eau, j’ai, qu’il),
 * inversions (viens-tu, a-t-il, voulez-vous) and words that stay whole (aujourd’hui, après-midi). No punctuation, as in a
 * corpus that was cleaned for counting words.
 */
export const PHRASES = `Bonjour madame avez-vous bien dormi cette nuit
Bonsoir et merci pour ce beau repas
Merci de ta visite je suis très content
Le boulanger prépare le pain avant le lever du jour
La boulangère vend du pain chaud et des gâteaux
Ma sœur achète du lait et des œufs au marché
Mon frère oublie toujours ses clés sur la table
Nous prenons le train de huit heures pour la ville
Le train part à l’heure et arrive en retard
Tu attends le bus devant la porte de l’école
Elle range ses livres dans une grande boîte rouge
Il ferme la fenêtre parce qu’il fait froid
J’ouvre la fenêtre parce qu’il fait chaud
Les enfants jouent dans la cour après la pluie
Les enfants dorment dans la chambre du haut
Le chien attend son maître derrière la porte
Le chat noir regarde les oiseaux par la fenêtre
Un oiseau chante dans le grand arbre du jardin
Ils écoutaient la pluie tomber sur le toit
Elles parlaient de la fête devant un café chaud
Tu liras ce livre pendant les vacances d’été
Je lirai la lettre de ma mère ce soir
Nous marcherons sur la plage jusqu’au coucher du soleil
Le soleil se lève derrière la montagne
La lune éclaire la route pendant la nuit
La neige couvre le toit et le jardin
En hiver il fait froid et la nuit tombe vite
En été nous mangeons souvent dans le jardin
Au printemps les arbres du jardin sont en fleurs
En automne les feuilles tombent sur la route
Viens-tu au cinéma avec nous ce soir
Veux-tu encore un peu de soupe chaude
A-t-il trouvé la clé de la voiture
Où est-elle allée avec le chien
Que fais-tu demain après la classe
Pourquoi rit-il quand il lit cette lettre
Quand partez-vous en vacances à la mer
Voulez-vous du thé ou du café
Aime-t-elle encore la musique de sa jeunesse
Dois-je prendre un manteau pour sortir ce soir
Mon père répare la vieille voiture de mon oncle
Ma mère plante des fleurs rouges près du mur
Ma grand-mère raconte une histoire aux enfants
Mon grand-père lit le journal près du feu
Mon oncle habite une petite maison à la montagne
Ma tante prépare une soupe de légumes du jardin
Le médecin demande à la malade de rester au lit
Le facteur apporte une lettre et un gros paquet
Le professeur explique la leçon une seconde fois
La voisine arrose ses fleurs tôt le matin
Le voisin coupe du bois pour l’hiver
Le pêcheur rentre au port avant la nuit
Le bateau quitte le port à l’aube
Le bateau blanc traverse la mer calme
La mer est calme et le ciel est bleu
Le ciel est gris et le vent se lève
Le vent pousse les nuages vers la montagne
L’eau de la rivière est froide même en été
L’avion de Paris arrive à midi
L’hôtel de la plage est plein tout l’été
L’ami de mon frère joue très bien du piano
J’ai perdu mon parapluie dans le train
J’ai trouvé un livre ancien dans une boîte
J’aime marcher dans la forêt après la pluie
J’attends une réponse depuis lundi
J’écris une longue lettre à mon ami
Je bois un café chaud avant de partir
Je mets la table pour six personnes
Je cherche une chambre calme près de l’école
Je vais au marché chaque samedi matin
Je cours dans le parc avant le travail
Tu parles trop vite pour moi
Tu chantes bien mais tu danses mal
Tu as oublié ton manteau chez ma tante
Tu prends le chemin qui longe la rivière
Tu poses ton verre sur la table
Il apprend à nager avec son père
Il dessine un cheval sur le mur de sa chambre
Il mange une pomme en lisant le journal
Il promet de rentrer avant la nuit
Il cherche ses lunettes depuis une heure
Elle apprend le piano depuis deux ans
Elle coupe le pain et sert la soupe
Elle porte un manteau rouge et un chapeau noir
Elle travaille dans un petit hôtel au bord de la mer
Elle attend un enfant pour le printemps
On entend le train passer pendant la nuit
On mange bien dans ce petit restaurant
On voit la montagne depuis le pont
Nous avons acheté une table en bois clair
Nous avons visité une vieille église hier
Nous attendons le facteur depuis ce matin
Nous dînons chez mes parents tous les dimanches
Nous habitons près du pont depuis dix ans
Vous parlez français avec un joli accent
Vous trouverez la gare au bout de la rue
Vous avez laissé la lumière dans la chambre
Vous connaissez le chemin de la forêt
Ils vendent des fruits et des légumes au marché
Ils construisent une école près de la rivière
Ils rentrent tard parce qu’ils aiment leur travail
Ils habitent au troisième étage sans ascenseur
Elles cueillent des pommes dans le jardin de leur tante
Elles préparent la fête de samedi soir
Cet après-midi nous allons nager à la rivière
Aujourd’hui il pleut et je reste à la maison
Demain il fera beau sur toute la côte
Hier la neige a bloqué la route de la montagne
Ce matin le coq a chanté avant le jour
Ce soir nous regardons un vieux film
Lundi les enfants retournent à l’école
Samedi ma sœur invite ses amis à dîner
La fête commence à huit heures sur la place
La musique monte de la rue jusqu’à ma fenêtre
La lettre est arrivée avec un mois de retard
La porte du jardin ne ferme plus
La voiture de mon oncle est en panne
La petite fille donne du pain aux oiseaux
La vieille dame traverse la rue avec son chien
La classe visite le musée de la ville
La pluie tombe depuis trois jours
La soupe est trop chaude pour les enfants
Le café est trop fort pour ma grand-mère
Le gâteau est au four depuis une heure
Le film commence quand la lumière s’éteint
Le garçon ramasse des feuilles dans la cour
Le jardin est plein de fleurs au printemps
Le marché ferme à midi le dimanche
Le musée est fermé tous les lundis
Le petit bateau suit la côte
Le pont traverse la rivière près de l’église
Le feu éclaire le visage de mon grand-père
Le vieux cheval mange une pomme
Le cheval blanc court dans la plaine
Les oiseaux partent vers le sud en automne
Les pommes de ce jardin sont très bonnes
Les voisins parlent fort pendant la nuit
Les amis de ma sœur arrivent demain soir
Les nuages cachent le sommet de la montagne
Les touristes prennent des photos du vieux pont
Deux amis jouent aux cartes au fond du café
Trois bateaux rentrent au port sous la pluie
Une lettre attend sur la table de la cuisine
Une pomme tombe de l’arbre sans bruit
Un vieux livre vaut parfois plus qu’un neuf
Un enfant rit et toute la rue se réveille
Quelqu’un a laissé un parapluie dans le train
Chaque dimanche mon père prépare le repas
Sans lunettes mon oncle ne voit plus le tableau
Avec un peu de chance le train sera à l’heure
À midi la place de l’église est pleine de monde
Après le repas nous jouons aux cartes
Avant de dormir elle lit une page de son livre
Bonne nuit et à demain matin
`;

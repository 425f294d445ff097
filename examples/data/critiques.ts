/**
 * Movie reviews in English, written for this project, so that the sentiment example works without a network: 160 of
 * them, half positive. Nobody wrote a whole one: each is put together from the sentences below by a generator with a
 * fixed seed, an opinion first, then what the film does well or badly, now and then a concession, and a verdict. Words
 * of praise thus stand in bad reviews too ("the first scene is great, and then …"), which counting words gets wrong.
 */
import { Generator } from "../../src/index.ts";

/** One review: 1 is positive, 0 negative. */
export interface Critique {
  readonly text: string;
  readonly label: number;
}

/** What both kinds share: words that say nothing about the opinion. */
const SETTINGS = [
  "I saw it with {person} {time}.",
  "We rented this movie {time}.",
  "{Person} had told me about it for weeks.",
  "It was on television {time} and I stayed.",
  "I knew nothing about the director before.",
  "I had read the book twice.",
  "It is about a family that comes back to a small town by the sea.",
  "The plot follows two brothers who inherit a bakery.",
  "A young teacher moves to the mountains and finds an old letter.",
  "It starts with a train that does not stop where it should.",
  "A retired detective gets one more phone call.",
  "There were six people in the theater {time}.",
];
const PEOPLE = [
  "my sister",
  "my father",
  "my best friend",
  "my neighbor",
  "the kids",
  "my wife",
  "my old colleague",
];
const TIMES = [
  "last night",
  "on a rainy Sunday",
  "during the holidays",
  "on my birthday",
  "in November",
  "last week",
];
const GENRES = [
  "thriller",
  "comedy",
  "western",
  "drama",
  "heist movie",
  "love story",
  "ghost story",
  "war film",
  "road movie",
  "family film",
];

const OPENINGS = [
  // Negative ones, then positive ones: the index is the label.
  [
    "What a terrible {genre}.",
    "I wanted to like this {genre}, but it is awful.",
    "This is the worst film I have seen in years.",
    "I hate to say it, but this movie is a waste of time.",
    "Boring from the first minute to the last.",
    "How can a {genre} with such a cast be so bad?",
    "A horrible, noisy mess.",
    "I walked out after an hour and I regret only that I waited so long.",
    "Do not believe the posters, this {genre} is dull.",
    "Never before did ninety minutes feel so long.",
    "This is not a good film, and it is not even a funny bad one.",
    "One of the most disappointing movies of the year.",
    "Somebody should apologize for this {genre}.",
    "I expected a great {genre} and got a stupid one.",
    "It looks expensive and feels cheap.",
    "Another {genre} that nobody needed.",
  ],
  [
    "What a wonderful {genre}.",
    "I did not expect to like this {genre}, but it is excellent.",
    "This is the best film I have seen in years.",
    "I love this movie and I am not ashamed of it.",
    "Gripping from the first minute to the last.",
    "How can a {genre} with so little money be so good?",
    "A beautiful, quiet gem.",
    "I stayed until the lights came on and wanted to see it again.",
    "Forget the posters, this {genre} is brilliant.",
    "Never before did two hours pass so quickly.",
    "This is not a loud film, and that is why it is so great.",
    "One of the nicest surprises of the year.",
    "Somebody should give this {genre} a prize.",
    "I expected a silly {genre} and got an amazing one.",
    "It looks simple and feels rich.",
    "Finally a {genre} with a heart.",
  ],
] as const;

/** Each aspect once per review: two or three of them are drawn. */
const ASPECTS = [
  [
    [
      "The acting is wooden and nobody seems to care.",
      "The lead actor reads his lines like a shopping list.",
      "The acting is so bad that I felt sorry for the cast.",
      "Every actor shouts, and none of them listens.",
    ],
    [
      "The story makes no sense at all.",
      "The story is full of holes that a child could find.",
      "Nothing happens for an hour, then everything happens at once.",
      "I guessed the whole story after ten minutes.",
    ],
    [
      "The director has no idea where to put the camera.",
      "The director mistakes darkness for depth.",
      "Every scene is cut to pieces by a nervous director.",
      "The direction is lazy and without any rhythm.",
    ],
    [
      "The pictures are gray and ugly.",
      "The effects look like a video game from the last century.",
      "Even the sea looks fake in this film.",
      "The costumes seem to come from a carnival shop.",
    ],
    [
      "The music is horrible and far too loud.",
      "The same dramatic tune plays again and again.",
      "The music tells you what to feel, since the scenes do not.",
      "The songs are awful and there are nine of them.",
    ],
    [
      "The dialogue is painful.",
      "The jokes are old and not funny.",
      "People talk as if they were reading instructions.",
      "The dialogue is stupid even when nobody speaks English.",
    ],
    [
      "It is at least forty minutes too long.",
      "The pace is slow and the middle is boring.",
      "It drags and drags and then drags some more.",
      "I looked at my watch more often than at the screen.",
    ],
    [
      "The ending is ridiculous.",
      "The last scene insults everybody who stayed awake.",
      "It just stops, as if the money had run out.",
      "The twist at the end is a bad joke.",
    ],
  ],
  [
    [
      "The acting is natural and full of life.",
      "The lead actor says more with one look than others with a speech.",
      "The acting is so good that I forgot the cast.",
      "Every actor listens, and you can see them think.",
    ],
    [
      "The story is clever and always interesting.",
      "The story surprised me more than once.",
      "Little happens at first, and every bit of it matters later.",
      "I could not guess where the story would go.",
    ],
    [
      "The director knows exactly where to put the camera.",
      "The director trusts the viewer, which is rare.",
      "Every scene has the time that it needs.",
      "The direction is precise and full of ideas.",
    ],
    [
      "The pictures are warm and beautiful.",
      "The effects are few and fantastic.",
      "You can almost smell the sea in this film.",
      "The costumes are a joy to look at.",
    ],
    [
      "The music is lovely and never too loud.",
      "A simple tune comes back at the right moments.",
      "The music is dramatic when it must be and silent when it can be.",
      "The songs are great and I still hum one of them.",
    ],
    [
      "The dialogue is sharp and funny.",
      "The jokes are fresh and kind.",
      "People talk as people do, and it is a delight.",
      "The dialogue is so good that I wrote some of it down.",
    ],
    [
      "It is two hours long and I did not notice.",
      "The pace is perfect and the middle is the best part.",
      "It takes its time and is never boring.",
      "I forgot my watch, my phone and my popcorn.",
    ],
    [
      "The ending is perfect.",
      "The last scene moved me to tears.",
      "It ends exactly when it should, with a smile.",
      "The twist at the end is amazing and fair.",
    ],
  ],
] as const;

/** A word for the other side. */
const CONCESSIONS = [
  [
    "The poster is wonderful, but it cannot save the rest.",
    "The first scene is great, and then it is all downhill.",
    "There is one good actor in it, and he leaves after ten minutes.",
    "The landscapes are beautiful, which is the best I can say.",
    "The idea was interesting, the film is not.",
    "My friends found it funny, and I do not know why.",
  ],
  [
    "The beginning is a little slow, but that does not matter.",
    "One scene with a dog is awful, and everything else works.",
    "It is not perfect, and the title is terrible, but who cares?",
    "The critics called it boring, and they were wrong.",
    "There is a bad joke about a horse, and I laughed at it anyway.",
    "The villain is a horrible man and a fantastic part.",
  ],
] as const;

const CLOSINGS = [
  [
    "Avoid it.",
    "I want my money back.",
    "Read a book instead.",
    "Even {person} fell asleep, and that takes a lot.",
    "I cannot recommend it to anybody.",
    "Two stars, and both are for the popcorn.",
    "Please, no sequel.",
    "What a pity.",
    "A complete failure.",
    "I will never watch it again.",
    "My worst evening this year.",
    "Save your money.",
  ],
  [
    "Go and see it.",
    "It is worth every cent.",
    "I will watch it again with {person}.",
    "Even {person} liked it, and that takes a lot.",
    "I recommend it to everybody.",
    "Ten stars, if I had them.",
    "Please, more of this.",
    "What a treat.",
    "A small masterpiece.",
    "I cannot wait to see it again.",
    "My best evening this year.",
    "Do not miss it.",
  ],
] as const;

/** Draws each of its items once before any comes again. */
class Deck<T> {
  readonly #items: readonly T[];
  readonly #random: Generator;
  #left: T[] = [];

  constructor(items: readonly T[], random: Generator) {
    this.#items = items;
    this.#random = random;
  }

  draw(): T {
    if (this.#left.length === 0)
      this.#left = [...this.#random.permutation(this.#items.length)].map((i) => this.#items[i]);
    return this.#left.pop()!;
  }
}

/** Puts `count` reviews together, every second one positive; the same seed gives the same reviews. */
export function writeCritiques(count: number, seed = 1895): Critique[] {
  const random = new Generator(seed);
  const deck = <T>(items: readonly T[]): Deck<T> => new Deck(items, random);
  const [settings, people, times, genres] = [SETTINGS, PEOPLE, TIMES, GENRES].map(deck);
  const byLabel = [0, 1].map((label) => ({
    openings: deck<string>(OPENINGS[label]),
    aspects: ASPECTS[label].map((sentences) => deck<string>(sentences)),
    concessions: deck<string>(CONCESSIONS[label]),
    closings: deck<string>(CLOSINGS[label]),
  }));
  const fill = (sentence: string): string =>
    sentence
      .replace("{genre}", () => genres.draw())
      .replace("{time}", () => times.draw())
      .replace("{person}", () => people.draw())
      .replace("{Person}", () => people.draw().replace(/^./, (letter) => letter.toUpperCase()));
  return Array.from({ length: count }, (_, i) => {
    const label = i % 2;
    const { openings, aspects, concessions, closings } = byLabel[label];
    const kinds = [...random.permutation(aspects.length)]
      .slice(0, 2 + random.integer(2))
      .sort((a, b) => a - b);
    const sentences = [
      openings.draw(),
      ...(random.integer(3) > 0 ? [settings.draw()] : []),
      ...kinds.map((kind) => aspects[kind].draw()),
      ...(random.integer(3) === 0 ? [concessions.draw()] : []),
      closings.draw(),
    ];
    return { text: sentences.map(fill).join(" "), label };
  });
}

/** The sample of the sentiment example. */
export const CRITIQUES: readonly Critique[] = writeCritiques(160);

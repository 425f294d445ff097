/** Everyday English sentences, written for this project: what the small WordPiece vocabulary is trained on. */
export const ENGLISH_SENTENCES = `Hello, how are you?
Hello, how are you today?
I am fine, thank you, and how are you?
Where are you going this morning?
We are going to the market, are you coming with us?
How long have you been learning English?
She has been learning it for seven years now.
What are you reading, and how do you like it?
I like reading long letters and short stories.
Hello again! Is this the train to the coast?
No, the train to the coast leaves from the other side.
How many people are waiting for the next train?
There are seven people and a very small dog.
The dog is sleeping under the table again.
Are the windows open? It is raining outside.
The rain stopped, and the children are playing in the garden.
They played all day and came home very late.
How late was it when they came home?
It was later than usual, but nobody was worried.
You are welcome to stay for dinner, if you like.
Thank you, that is kind of you, but we are leaving soon.
How soon are you leaving, and where will you sleep?
We will sleep at the smallest hotel of the village.
The village is quiet, and the people are friendly.
My friend works in the largest library of the town.
She is looking for a book that nobody has ever opened.
Have you opened the window, or was it the wind?
The wind was stronger yesterday, but colder today.
Say hello to your brother, and tell him how we are.
Goodbye for now, and write to us when you are there.`;

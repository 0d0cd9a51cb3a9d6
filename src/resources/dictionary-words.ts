/*
 * The words that `dictionaryWordDisallowed` means: a short list of our own, of what people choose when nothing keeps them from it. The
 * real service's dictionary is not known, nor how it compares.
 */

const WORDS: ReadonlySet<string> = new Set(
  `abcdef access account admin administrator airport alpha amazing america andrew angel animal apple april august australia autumn
  baby banana baseball basketball batman beautiful bicycle birthday blessing blue bonjour bottle bridge brother business butterfly
  camera canada captain carnival castle champion changeme charlie cheese chicken chocolate christmas cinema city coffee company
  computer cookie corporate country creative crystal customer dallas database december default demo desktop diamond dinosaur doctor
  dolphin dragon dream eagle election elephant emerald employee england enterprise europe evening everyone example family fantastic
  february fender finance fireball flower football forever france freedom friday friend friends galaxy garden general germany giraffe
  golden google goodbye guitar hamburger hammer happiness harvest hello holiday honey horse house hunter iloveyou india internet
  island italy jackson january jessica jordan journey july june kangaroo keyboard kingdom kitchen knight laptop launch leather lemon
  letmein liberty library lightning lion london love lovely lucky machine madrid magic manager marina market martin master matrix
  melody mercury michael midnight milano million mobile monday money monitor monkey monster morning mother mountain museum music
  mustang nature network newyork ninja nothing november number ocean october office operator oracle orange orchid oxford panther
  paris passphrase passport passw password peace pepper phoenix picture pineapple pirate planet player please pokemon police portal
  portugal princess private project purple pumpkin qwerty qwertyuiop rabbit railway rainbow red remember restaurant river robert
  rocket root rose russia saturday school scooter scorpion secret security september server shadow silver sister skywalker
  snowball soccer solution spain spider spring starwars strawberry student summer sunday sunflower sunrise sunset sunshine superman
  support system teacher telephone temporary tennis test thomas thunder thursday tiger tomato tomorrow tourist tower trustno treasure
  tuesday turtle umbrella unicorn university user vacation vampire victory violet virginia volcano warrior watermelon wednesday
  weekend welcome whatever william window winner winter wizard wolf wonderful yellow yesterday zebra`.split(/\s+/),
);

/** What people write for a letter. */
const SUBSTITUTES: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'l',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '@': 'a',
  $: 's',
  '!': 'i',
};

/**
 * Whether a password is a word of the dictionary: in any case, with digits and signs around it or for its letters (`P@ssw0rd2026!`).
 */
export function isDictionaryWord(password: string): boolean {
  const folded = password.toLowerCase();
  const bare = folded.replace(/^[^\p{L}]+|[^\p{L}]+$/gu, '');
  return [folded, bare].some((text) => WORDS.has(text) || WORDS.has(spelled(text)));
}

function spelled(text: string): string {
  return [...text].map((char) => SUBSTITUTES[char] ?? char).join('');
}

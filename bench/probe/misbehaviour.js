/** What a resolver can do wrong, each as a plan that the relay follows. Shares of one; milliseconds. */

import { buildAnswer, FORGED_ADDRESS, flipCase, otherQuestion, RCODE } from './answers.js';

/**
 * @typedef {object} Conversation how to answer one question
 * @property {Buffer} query
 * @property {boolean} isStream TCP
 * @property {() => void} ask the real server, whose answer comes to `answered`
 * @property {(answer: Buffer) => void} reply
 * @property {(answer: Buffer) => void} replyFromElsewhere a socket the client has not asked (UDP)
 *
 * @typedef {object} Misbehaviour
 * @property {(conversation: Conversation) => void} asked
 * @property {(conversation: Conversation, answer: Buffer) => void} answered
 */

/** The same accidents in every run. */
let state = 1;

/** A number from 0 to 1 (mulberry32). */
function chance() {
  state = (state + 0x6d2b79f5) | 0;
  let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
}

/** @type {Misbehaviour} */
const honest = {
  asked: ({ ask }) => ask(),
  answered: ({ reply }, answer) => reply(answer),
};

/** TCP loses nothing and truncates nothing; the rest happens there too. @type {Misbehaviour} */
const lossy = {
  asked({ query, isStream, ask, reply }) {
    if (!isStream && chance() < 0.05) return;
    if (chance() < 0.05) reply(buildAnswer(query, { rcode: RCODE.SERVFAIL }));
    else if (!isStream && chance() < 0.02) reply(buildAnswer(query, { isTruncated: true }));
    else ask();
  },
  answered({ isStream, reply }, answer) {
    if (!isStream && chance() < 0.05) return;
    if (chance() < 0.02) {
      setTimeout(reply, 300 + 1000 * chance(), answer);
      return;
    }
    reply(answer);
    if (chance() < 0.05) reply(answer);
  },
};

/** The forged answer comes first, the real one after it. @type {Misbehaviour} */
const forging = {
  asked({ query, isStream, ask, reply, replyFromElsewhere }) {
    const forged = buildAnswer(query, { address: FORGED_ADDRESS });
    const kind = chance() / 0.2;
    if (kind < 0.25) {
      if (!isStream) replyFromElsewhere(forged);
    } else if (kind < 0.5) {
      forged.writeUInt16BE(forged.readUInt16BE(0) ^ 0x5555, 0);
      reply(forged);
    } else if (kind < 0.75) {
      reply(buildAnswer(otherQuestion(query), { address: FORGED_ADDRESS }));
    } else if (kind < 1) {
      // Cut inside its address.
      reply(forged.subarray(0, -2));
    }
    ask();
  },
  answered: honest.answered,
};

/** @param {number} perSecond @returns {Misbehaviour} */
function refusing(perSecond) {
  const most = perSecond / 10;
  let tokens = most;
  let since = performance.now();
  return {
    asked({ query, ask, reply }) {
      const now = performance.now();
      tokens = Math.min(most, tokens + ((now - since) / 1000) * perSecond);
      since = now;
      if (tokens < 1) {
        reply(buildAnswer(query, { rcode: RCODE.REFUSED }));
      } else {
        tokens--;
        ask();
      }
    },
    answered: honest.answered,
  };
}

/** @type {Record<string, () => Misbehaviour>} */
export const misbehaviours = {
  lossy: () => lossy,
  forging: () => forging,
  refusing: () => refusing(10_000),
  mangling: () => ({
    asked: honest.asked,
    answered: ({ reply }, answer) => reply(flipCase(answer)),
  }),
  slow: () => ({
    asked: honest.asked,
    answered: ({ reply }, answer) => void setTimeout(reply, 400, answer),
  }),
  silent: () => ({ asked() {}, answered() {} }),
};

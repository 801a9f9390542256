/**
 * Session ticket keys. The primary makes them and gives every worker the same ones, so that a session made by one
 * worker resumes on another. They exist in memory only, and a new one takes over after a while, which bounds what a leaked
 * key opens. A change fails no resumption: the key that comes next is known to all workers before one of them makes tickets
 * with it, and the one before is accepted for as long as tickets live.
 */
import { randomBytes, randomFillSync } from "node:crypto";
import type tls from "node:tls";

/** A name of 16 bytes, a key for HMAC-SHA-256 and one for AES-128, as Node has it (RFC 5077 §4). */
export const TICKET_KEY_BYTES = 48;
export const TICKET_ROTATION_MS = 8 * 60 * 60 * 1000;
/** How long a ticket is good for, and how long its key is accepted once another one makes them: OpenSSL's own default, said here. */
export const TICKET_LIFETIME_SECONDS = 2 * 60 * 60;

/** What tickets of a process are made with and opened by. */
export interface TicketHolder {
    /** Keys, one behind the other: the first makes tickets, all of them open them. */
    keys: Buffer<ArrayBuffer>;
}

export interface TicketTimes {
    /** Between two keys. */
    readonly rotationMs: number;
    /** Of a key that makes none any more. */
    readonly acceptedMs: number;
}

const TIMES: TicketTimes = { rotationMs: TICKET_ROTATION_MS, acceptedMs: TICKET_LIFETIME_SECONDS * 1000 };

export class TicketKeys {
    readonly #onChange: (keys: Buffer<ArrayBuffer>) => void;
    readonly #times: TicketTimes;
    readonly #timer: NodeJS.Timeout;
    #end: NodeJS.Timeout | undefined;
    #issuing = randomBytes(TICKET_KEY_BYTES);
    #next = randomBytes(TICKET_KEY_BYTES);
    #previous: Buffer | undefined;

    constructor(onChange: (keys: Buffer<ArrayBuffer>) => void, times = TIMES) {
        this.#onChange = onChange;
        this.#times = times;
        this.#timer = setInterval(() => this.rotate(), times.rotationMs).unref();
    }

    /** As `TicketHolder` has them. */
    get current(): TicketHolder["keys"] {
        return Buffer.concat([this.#issuing, this.#next, ...(this.#previous === undefined ? [] : [this.#previous])]);
    }

    rotate(): void {
        this.#previous = this.#issuing;
        this.#issuing = this.#next;
        this.#next = randomBytes(TICKET_KEY_BYTES);
        this.#onChange(this.current);
        clearTimeout(this.#end);
        this.#end = setTimeout(() => {
            this.#previous = undefined;
            this.#onChange(this.current);
        }, this.#times.acceptedMs).unref();
    }

    stop(): void {
        clearInterval(this.#timer);
        clearTimeout(this.#end);
    }
}

/** OpenSSL's answers: the key is not known, the ticket is good, and it is good but its client is to get a new one. */
const UNKNOWN = 0;
const GOOD = 1;
const RENEW = 2;
const PART = 16;

type TicketAnswer = readonly [result: number, hmac: Buffer, aes: Buffer, name?: Buffer, iv?: Buffer];

interface TicketContext {
    enableTicketKeyCallback?: () => void;
    onticketkeycallback?: (name: Buffer, iv: Buffer, isMade: boolean) => TicketAnswer;
}

/**
 * Has a server ask the holder for each ticket. False: this Node offers no such question, and the server is to be given each
 * new first key; of older ones it knows nothing then.
 */
export function askForKeys(server: tls.Server, holder: TicketHolder): boolean {
    const context = (server as unknown as { _sharedCreds?: { readonly context?: TicketContext } })._sharedCreds?.context;
    if (typeof context?.enableTicketKeyCallback !== "function") return false;
    context.enableTicketKeyCallback();
    context.onticketkeycallback = (name, _iv, isMade) => (isMade ? makingKey(holder.keys) : openingKey(holder.keys, name));
    return true;
}

/** The answer to who makes a ticket, but for what is random in it: two are made in each handshake. */
let making: { readonly keys: Buffer; readonly answer: TicketAnswer; readonly iv: Buffer } | undefined;

function makingKey(keys: Buffer): TicketAnswer {
    if (making?.keys !== keys) {
        const iv = Buffer.alloc(PART);
        making = { keys, iv, answer: [GOOD, keys.subarray(PART, 2 * PART), keys.subarray(2 * PART, 3 * PART), keys.subarray(0, PART), iv] };
    }
    takeRandom(making.iv);
    return making.answer;
}

/** Random bytes come cheaper by the page, and none of them is used twice. */
const random = Buffer.alloc(4096);
let used = random.length;

function takeRandom(into: Buffer): void {
    if (used === random.length) {
        randomFillSync(random);
        used = 0;
    }
    used += random.copy(into, 0, used, used + PART);
}

function openingKey(keys: Buffer, name: Buffer): TicketAnswer {
    for (let at = 0; at < keys.length; at += TICKET_KEY_BYTES) {
        if (keys.compare(name, 0, PART, at, at + PART) !== 0) continue;
        return [at === 0 ? GOOD : RENEW, keys.subarray(at + PART, at + 2 * PART), keys.subarray(at + 2 * PART, at + 3 * PART)];
    }
    // Node wants keys with every answer.
    return [UNKNOWN, NONE, NONE];
}

const NONE = Buffer.alloc(PART);

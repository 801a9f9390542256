/**
 * When what HTTP/1.1 connections have gathered is written: behind the callback that brought it forth, or, where the event loop finds
 * many sockets readable at once, behind all of them. A peer that the first write wakes is then awake for the next ones, which spares
 * the kernel most of the switches from one process to the other; these are dearer than all that is done with a small request. Where
 * sockets come one at a time the second would only cost a callback more, so that it is looked at from time to time.
 *
 * Hot path: one list for all, and at most one callback of the event loop's a turn.
 */
import type { Socket } from "node:net";
import { connectionFault } from "../net/connection-faults";

export interface Flushed {
    readonly socket: Socket;
    flush(): void;
}

/** So many callbacks in one turn of the event loop are many, and so often in a row fewer are few. */
const MANY = 4;
const OFTEN = 16;
/** How many callbacks pass before it is looked again whether there are many in a turn. */
const LOOK_EVERY = 64;
/** No more than that wait: the first must not wait for long, and the list holds on to who was in it until it is overwritten. */
const MOST_WAITING = 64;

/** The first `count` of the list. */
const waiting: Flushed[] = [];
let count = 0;
/** Callbacks that are in the midst of each other. */
let depth = 0;
/** Since they were counted last. */
let callbacks = 0;
let isTogether = false;
/** It is known when this turn of the event loop ends. */
let isLooking = false;
/** With the next callback a turn begins whose callbacks are to be counted. */
let isCounting = false;
let fewTimes = 0;
let isFlushing = false;

/** Bytes have come in, and what is written because of them is gathered until `endTurn`. */
export function beginTurn(): void {
    depth++;
    callbacks++;
    if (isCounting) look();
}

export function endTurn(): void {
    if (--depth > 0) return;
    if (!isTogether) {
        if (count > 0) flushWaiting();
        if (callbacks >= LOOK_EVERY) look();
    } else if (count >= MOST_WAITING) flushWaiting();
}

/** It is flushed soon, before the event loop waits for anything. */
export function flushSoon(one: Flushed): void {
    waiting[count++] = one;
    if (isTogether) look();
    else if (depth === 0 && count === 1) process.nextTick(flushWaiting);
}

function look(): void {
    if (isLooking) return;
    isLooking = true;
    setImmediate(onLook);
}

/** Behind all sockets that were readable in this turn. */
function onLook(): void {
    isLooking = false;
    if (!isTogether && !isCounting) {
        isCounting = true;
    } else {
        isCounting = false;
        fewTimes = callbacks < MANY ? fewTimes + 1 : 0;
        if (fewTimes === 0) isTogether = true;
        else if (fewTimes >= OFTEN) isTogether = false;
    }
    callbacks = 0;
    flushWaiting();
}

function flushWaiting(): void {
    // To write may be to read, of a TLS socket: who comes to wait then is flushed by the loop that runs.
    if (isFlushing) return;
    isFlushing = true;
    // An index and not the list's length: to shorten an array is a call into the runtime.
    for (let at = 0; at < count; at++) {
        try {
            waiting[at]!.flush();
        } catch (error) {
            connectionFault(waiting[at]!.socket, error);
        }
    }
    count = 0;
    isFlushing = false;
}

/** Long work in short turns: between them the process does what else it has to. */
import { setImmediate as nextTurn } from "node:timers/promises";

/** How long a turn takes at most, as far as its steps are short. */
const TURN_MS = 20;

let turnBegan = 0;

/** Runs the steps to their end. Turns are the process's, not the work's: many short works in a row make way as one long one does. */
export async function inTurns<T>(steps: Generator<unknown, T>): Promise<T> {
    for (;;) {
        const { done, value } = steps.next();
        if (done) return value;
        if (performance.now() - turnBegan < TURN_MS) continue;
        await nextTurn();
        turnBegan = performance.now();
    }
}

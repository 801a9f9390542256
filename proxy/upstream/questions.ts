/**
 * Questions to the resolver about names that clients choose: a few at a time, each within its time, so that a flood of names
 * nobody answers for holds up nothing else that the system resolves.
 */
import type { NameResolution, Resolve } from "./dns";

/** Under way, and those that wait for their turn. */
const MAX_QUESTIONS = 32;
const MAX_WAITING = 1_024;
/** Envoy's dns_query_timeout. */
const QUESTION_MS = 5_000;

export function boundedResolve(resolve: Resolve, most = MAX_QUESTIONS, mostWaiting = MAX_WAITING, withinMs = QUESTION_MS): Resolve {
    let asked = 0;
    const waiting: (() => void)[] = [];
    const turn = async (): Promise<void> => {
        if (asked < most) {
            asked++;
            return;
        }
        if (waiting.length >= mostWaiting) await refused("EBUSY");
        await new Promise<void>((go) => waiting.push(go));
    };
    return async (name) => {
        await turn();
        const answer = resolve(name);
        // A question that is late keeps its turn: it still holds what resolves it.
        void answer.then(next, next);
        return inTime(answer, withinMs);
    };

    function next(): void {
        const go = waiting.shift();
        if (go === undefined) asked--;
        else go();
    }
}

/** As the resolver's own faults are. */
function fault(code: string): Error {
    return Object.assign(new Error(code), { code });
}

async function refused(code: string): Promise<never> {
    return Promise.reject(fault(code));
}

async function inTime(answer: Promise<NameResolution>, withinMs: number): Promise<NameResolution> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, fail) => {
        timer = setTimeout(() => fail(fault("ETIMEOUT")), withinMs);
        timer.unref();
    });
    try {
        return await Promise.race([answer, late]);
    } finally {
        clearTimeout(timer);
    }
}

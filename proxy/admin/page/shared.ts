/** One answer for all who ask within a time: what costs the workers something does not grow with the pages that are open. */
export function shared<View extends object, Answer>(forMs: number, ask: (view: View) => Promise<Answer>): (view: View) => Promise<Answer> {
    const known = new WeakMap<View, { readonly at: number; readonly answer: Promise<Answer> }>();
    return async (view) => {
        const before = known.get(view);
        if (before && performance.now() - before.at < forMs) return before.answer;
        const answer = ask(view);
        known.set(view, { at: performance.now(), answer });
        // Who asks next asks anew.
        answer.catch(() => known.delete(view));
        return answer;
    };
}

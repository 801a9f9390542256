/** What has hosts, with some of them: the graph compares by identity, so that for the same hosts it is the same object. */
import { sameList } from "./lists";

interface Hosted<H> {
    readonly hosts: readonly H[];
}

const made = new WeakMap<object, Hosted<unknown>[]>();

export function narrowed<H, O extends Hosted<H>>(whole: O, hosts: readonly H[]): O {
    const before = made.get(whole) ?? [];
    const present = before.find((one) => sameList(one.hosts, hosts));
    if (present) return present as O;
    const own = { ...whole, hosts };
    made.set(whole, [...before, own]);
    return own;
}

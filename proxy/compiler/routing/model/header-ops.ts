/** Header operations as tables hold them: names lower-case, each list sorted. */
import { compareText } from "../../../resources/text-order";
import type { HeaderOpsRule } from "./rules";

type Pair = readonly [name: string, value: string];

/** Undefined: nothing is done. */
export function headerOpsOf(remove: readonly string[], set: readonly Pair[], add: readonly Pair[]): HeaderOpsRule | undefined {
    if (remove.length === 0 && set.length === 0 && add.length === 0) return undefined;
    return { remove: [...new Set(remove)].sort(compareText), set: [...set].sort(byName), add: [...add].sort(byName) };
}

/** Two sets of operations, one after the other, as one set. */
export function composeOps(first: HeaderOpsRule | undefined, second: HeaderOpsRule | undefined): HeaderOpsRule | undefined {
    if (first === undefined || second === undefined) return first ?? second;
    const overridden = new Set([...second.set.map(([name]) => name), ...second.remove]);
    const stays = ([name]: Pair): boolean => !overridden.has(name);
    return headerOpsOf(
        [...first.remove, ...second.remove],
        [...first.set.filter(stays), ...second.set],
        [...first.add.filter(stays), ...second.add],
    );
}

function byName(a: Pair, b: Pair): number {
    return compareText(a[0], b[0]);
}

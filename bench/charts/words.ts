/** A row in words: figures as they are read, what was wanted, and whether it was met. Pure. */
import { OURSELVES, type Result, type Wanted } from "../report";

export function figureText(figure: number): string {
    return figure >= 100 ? Math.round(figure).toLocaleString("en") : String(figure);
}

/** The least of those that are there; undefined: none is. */
function leastOf({ peers }: Result, names: readonly string[]): number | undefined {
    const figures = names.flatMap((name) => peers[name] ?? []);
    return figures.length === 0 ? undefined : Math.min(...figures);
}

/** What one target comes to; undefined: whom it speaks of was not there. */
function most(row: Result, target: Wanted): number | undefined {
    if ("atMost" in target) return target.atMost;
    const least = leastOf(row, target.of);
    return least === undefined ? undefined : target.times * least;
}

/** The strictest target of a row, as a figure; undefined: there is none. */
export function limitOf(row: Result): number | undefined {
    const all = row.targets.flatMap((target) => most(row, target) ?? []);
    return all.length === 0 ? undefined : Math.min(...all);
}

const nameOf = (names: readonly string[]): string => (names.length === 1 ? names[0]! : `the better of ${names.join(" and ")}`);

/** What is wanted, as the table has it. */
export function targetText({ targets }: Result): string {
    return targets
        .map((target) => ("atMost" in target ? `at most ${figureText(target.atMost)}` : `${target.times} × ${nameOf(target.of)}`))
        .join(", ");
}

/** How we stand to each target: what is missed is bold. */
export function standing(row: Result, emphasis = "**"): string {
    const said = row.targets.flatMap((target) => {
        const limit = most(row, target);
        if (limit === undefined) return [];
        const text =
            "atMost" in target
                ? figureText(row.gatehouse)
                : `${(row.gatehouse / leastOf(row, target.of)!).toFixed(2)} × ${nameOf(target.of)}`;
        return [row.gatehouse <= limit ? text : `${emphasis}${text}${emphasis}`];
    });
    return said.join(", ");
}

export function verdictText(row: Result): string {
    const limit = limitOf(row);
    if (limit === undefined) return "nothing is asked";
    return `wanted is ${targetText(row)}, ${OURSELVES} has ${standing(row, "")}: ${row.gatehouse <= limit ? "met" : "missed"}`;
}

/** How findings are said, and listed. */
import { finding, findingText, type Finding } from "../../../istio/findings";
import type { Code } from "../../../istio/codes";
import type { Kind } from "../../../istio/types";
import type { Graph } from "../graph/graph";
import type { Said } from "./said";
import { compareText, type Placed } from "../../resources/model";

export class Report {
    readonly #graph: Graph<Said>;

    constructor(graph: Graph<Said>) {
        this.#graph = graph;
    }

    add(code: Code, about: Placed<Kind>, field: string, message: string, fix = ""): void {
        const place = about.source.placeOf?.(field) ?? about.source.place;
        const one = finding(code, { object: about.ref, field, ...(place ? { place } : {}) }, message, fix);
        this.#graph.say({ kind: "finding", text: findingText(one), finding: one });
    }
}

/** All findings, sorted; one met on several ways is there once. Where they are as before, the list is the same. */
export class FindingList {
    #byText: ReadonlyMap<string, Finding> = new Map();
    #sorted: readonly Finding[] = [];

    update(byText: ReadonlyMap<string, Finding>): readonly Finding[] {
        const before = this.#byText;
        if (byText.size === before.size && [...byText.keys()].every((text) => before.has(text))) return this.#sorted;
        this.#byText = byText;
        this.#sorted = [...byText].sort(([a], [b]) => compareText(a, b)).map(([, one]) => one);
        return this.#sorted;
    }
}

/** `80, 443`; `none` when there is nothing to list. */
export function listText(values: Iterable<string | number>): string {
    const list = [...values];
    return list.length === 0 ? "none" : list.join(", ");
}

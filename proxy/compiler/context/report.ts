/** How findings are said, and listed. */
import { finding, findingText, type Finding } from "../../../istio/findings";
import type { Code } from "../../../istio/codes";
import type { ObjectRef } from "../../../istio/types/identity";
import { aboutOrigin, type Origin } from "../../tables/origin";
import { compareText } from "../../resources/text-order";
import type { Graph } from "../graph/graph";
import { lineOf, type Subject } from "./place";
import type { Said, SaidOf } from "./said";

/** What is to be said where the thing that it stands with is used: a rule that serves nobody is nobody's trouble. */
export interface CompilerRemark {
    readonly code: Code;
    readonly field: string;
    readonly message: string;
    readonly fix: string;
}

export class CompilerReport {
    readonly #graph: Graph<Said>;

    constructor(graph: Graph<Said>) {
        this.#graph = graph;
    }

    /** `missing`: what is not there, where that is what is wrong. */
    add(code: Code, about: Subject, field: string, message: string, fix = "", missing?: ObjectRef): void {
        const place = lineOf(about, field);
        this.#say(finding(code, { object: about.ref, field, ...(place ? { place } : {}), missing }, message, fix));
    }

    /** Of what an entry came from. */
    addAt(code: Code, origin: Origin, message: string, fix = ""): void {
        this.#say(finding(code, aboutOrigin(origin), message, fix));
    }

    addAll(about: Subject, remarks: readonly CompilerRemark[]): void {
        for (const { code, field, message, fix } of remarks) this.add(code, about, field, message, fix);
    }

    #say(one: Finding): void {
        this.#graph.say({ kind: "finding", text: findingText(one), finding: one });
    }
}

/** All findings, sorted; one met on several ways is there once. Where they are as before, the list is the same. */
export class FindingList {
    #said: readonly SaidOf<"finding">[] = [];
    #byText: ReadonlyMap<string, Finding> = new Map();
    #sorted: readonly Finding[] = [];

    update(said: readonly SaidOf<"finding">[]): readonly Finding[] {
        if (said === this.#said) return this.#sorted;
        this.#said = said;
        const before = this.#byText;
        const byText = new Map<string, Finding>();
        for (const { text, finding: one } of said) byText.set(text, before.get(text) ?? one);
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

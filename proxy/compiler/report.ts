/** Collects findings while tables are made: a fault met on several ways is reported once. */
import { finding, findingText, type Finding } from "../../istio/findings";
import type { Code } from "../../istio/codes";
import type { Kind } from "../../istio/types";
import { compareText, type Placed } from "./model";

export class Report {
    private readonly findings = new Map<string, Finding>();

    add(code: Code, about: Placed<Kind>, field: string, message: string, fix = ""): void {
        const place = about.source.placeOf?.(field) ?? about.source.place;
        const one = finding(code, { object: about.ref, field, ...(place ? { place } : {}) }, message, fix);
        this.findings.set(findingText(one), one);
    }

    sorted(): Finding[] {
        return [...this.findings.entries()].sort(([a], [b]) => compareText(a, b)).map(([, one]) => one);
    }
}

/** `80, 443`; `none` when there is nothing to list. */
export function listText(values: Iterable<string | number>): string {
    const list = [...values];
    return list.length === 0 ? "none" : list.join(", ");
}

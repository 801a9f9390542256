/** What a run says of the findings that it has: each once, without what is so on purpose, with the program's own lines. */
import type { Finding } from "../../istio";
import { Elsewhere } from "../objects/elsewhere";
import { distinct, placed } from "../objects/examine";
import type { PlayedObjects } from "../stack/evaluate";

/** Codes that only say what a local run does on purpose, or what it has just said better. */
const EXPECTED: ReadonlySet<string> = new Set(["GH0454"]);

const NOT_SERVED = "; here its TLS connections are refused, and all else is served";

export class RunFindings {
    /** What others are to make for the objects of the last evaluation. */
    elsewhere = new Elsewhere([], []);
    /** Where the program made its objects, as of the last evaluation. */
    #places: PlayedObjects["places"] = new Map();
    readonly #tell: (finding: Finding) => void;
    readonly #said = new Set<string>();

    constructor(tell: (finding: Finding) => void) {
        this.#tell = tell;
    }

    /** What is found is found of these objects from now on. */
    evaluated({ objects, stacks, places }: PlayedObjects): void {
        this.elsewhere = new Elsewhere(
            objects,
            stacks.map(({ evaluation }) => evaluation),
        );
        this.#places = places;
    }

    presentable(findings: readonly Finding[]): Finding[] {
        return placed(distinct(this.elsewhere.noted(distinct(findings), NOT_SERVED)), this.#places).filter(
            ({ code }) => !EXPECTED.has(code),
        );
    }

    say(findings: readonly Finding[]): void {
        for (const one of this.presentable(findings)) {
            const text = JSON.stringify([one.code, one.object, one.field, one.message]);
            if (!this.#said.has(text)) this.#tell(one);
            this.#said.add(text);
        }
    }

    /** All that is said from now on was not said yet. */
    sayAnew(): void {
        this.#said.clear();
    }
}

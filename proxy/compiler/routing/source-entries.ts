/** Workloads that may reach what is not for everybody: an entry for each choice of them, whoever makes it. */
import type { SourcesEntry } from "../../tables/egress";
import type { CompilerContext } from "../context/context";
import type { SaidOf, SourcesUse } from "../context/said";
import type { Family, Input, Value } from "../graph/graph";
import { sameList, sameOr } from "../graph/lists";
import { isEarlierOrigin } from "./origin";
import type { WorkloadSource } from "./model/egress";

type Uses = ReadonlyMap<string, SourcesUse>;

export class SourceEntries {
    readonly #uses: Input<Uses>;
    #said: readonly SaidOf<"sources">[] = [];
    readonly #made: Family<string, SourcesEntry | undefined>;
    readonly #all: Value<readonly SourcesEntry[]>;

    constructor({ graph }: CompilerContext, workloads: WorkloadSource) {
        this.#uses = graph.input<Uses>(new Map());
        this.#made = graph.family((key, previous) => {
            const use = this.#uses.get().get(key);
            return use && sameOr(previous, { key, addresses: workloads.addressesOf(use.terms), origin: use.origin });
        });
        this.#all = graph.value(() => [...this.#uses.get().keys()].flatMap((key) => this.#made.get(key) ?? []), sameList);
    }

    build(said: readonly SaidOf<"sources">[]): readonly SourcesEntry[] {
        if (said !== this.#said) this.#uses.set(usesOf(said));
        this.#said = said;
        return this.#all.get();
    }
}

/** Of several that make the same choice one is named, whoever says it first. */
function usesOf(said: readonly SaidOf<"sources">[]): Uses {
    const uses = new Map<string, SourcesUse>();
    for (const { use } of said) {
        const known = uses.get(use.key);
        if (known === undefined || isEarlierOrigin(use.origin, known.origin)) uses.set(use.key, use);
    }
    return uses;
}

/** Workloads that may reach what is not for everybody: an entry for each choice of them, whoever makes it. */
import type { SourcesEntry } from "../../tables/egress";
import type { CompilerContext } from "../context/context";
import type { Said, SourcesUse } from "../context/said";
import type { Family, Input } from "../graph/graph";
import { sameOr } from "../graph/lists";
import type { WorkloadSource } from "./model/egress";

type Uses = ReadonlyMap<string, SourcesUse>;

export class SourceEntries {
    readonly #uses: Input<Uses>;
    readonly #made: Family<string, SourcesEntry | undefined>;

    constructor({ graph }: CompilerContext, workloads: WorkloadSource) {
        this.#uses = graph.input<Uses>(new Map());
        this.#made = graph.family((key, previous) => {
            const use = this.#uses.get().get(key);
            return use && sameOr(previous, { key, addresses: workloads.addressesOf(use.terms), origin: use.origin });
        });
    }

    build(said: readonly (readonly Said[])[]): readonly SourcesEntry[] {
        const uses = new Map<string, SourcesUse>();
        for (const list of said)
            for (const one of list) if (one.kind === "sources" && !uses.has(one.use.key)) uses.set(one.use.key, one.use);
        this.#uses.set(uses);
        return [...uses.keys()].flatMap((key) => this.#made.get(key) ?? []);
    }
}

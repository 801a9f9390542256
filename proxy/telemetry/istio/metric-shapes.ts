/** One of Istio's metrics as it is counted now: its labels with what Telemetry objects change of them, and its series. */
import type { IstioMetricEntry, MetricTagEntry } from "../../tables";
import type { Instrument } from "../instruments";
import { cutValue, ownText } from "../label-value";
import type { Labelled } from "../labelled";
import { NO_VALUE } from "./labels";

/** Undefined: it has no value. */
export type TagReader<Subject> = (subject: Subject) => string | undefined;

/** What an expression is to be read by; a text: why it is none. */
export type TagCompiler<Subject> = (expression: string) => TagReader<Subject> | string;

/** So many sets of values of expressions are remembered for one place; others are looked up by name each time. */
const MAX_REMEMBERED = 1_000;

type Column<Subject> = { readonly at: number } | { readonly read: TagReader<Subject> };

export class Shape<Subject> {
    readonly labels: readonly string[];
    readonly #columns: readonly Column<Subject>[];
    /** Of the expressions, in the order of their columns. */
    readonly readers: readonly TagReader<Subject>[];

    /** `standard`: Istio's labels. A tag whose expression is none is left out, and `problem` is told of it. */
    constructor(
        standard: readonly string[],
        { tags }: Pick<IstioMetricEntry, "tags">,
        compile: TagCompiler<Subject>,
        problem: (tag: MetricTagEntry, why: string) => void,
    ) {
        const changed = new Map(
            tags.map((tag): [string, TagReader<Subject> | undefined] => {
                const read = tag.expression === undefined ? undefined : compile(tag.expression);
                if (typeof read === "string") problem(tag, read);
                return [tag.name, typeof read === "string" ? undefined : read];
            }),
        );
        const own = standard.flatMap((name, at): [string, Column<Subject>][] => {
            if (!changed.has(name)) return [[name, { at }]];
            const read = changed.get(name);
            return read ? [[name, { read }]] : [];
        });
        const added = [...changed].flatMap(([name, read]): [string, Column<Subject>][] =>
            read && !standard.includes(name) ? [[name, { read }]] : [],
        );
        const all = [...own, ...added];
        this.labels = all.map(([name]) => name);
        this.#columns = all.map(([, column]) => column);
        this.readers = this.#columns.flatMap((column) => ("read" in column ? [column.read] : []));
    }

    values(standard: readonly string[], read: readonly string[]): string[] {
        let at = 0;
        return this.#columns.map((column) => ("at" in column ? standard[column.at]! : read[at++]!));
    }
}

/**
 * The series of a metric for one set of Istio's values: one, or where expressions are read one for each of their values.
 * Hot path where there are none.
 */
export class SeriesPlace<Kind extends Instrument, Subject> {
    readonly #shape: Shape<Subject>;
    readonly #metric: Labelled<Kind>;
    readonly #standard: readonly string[];
    #only: Kind | undefined = undefined;
    /** By what expressions said. */
    #known: Map<string, Kind> | undefined = undefined;

    constructor(shape: Shape<Subject>, metric: Labelled<Kind>, standard: readonly string[]) {
        this.#shape = shape;
        this.#metric = metric;
        this.#standard = standard;
    }

    of(subject: Subject): Kind {
        return this.#only ?? this.only ?? this.#read(subject);
    }

    /** Undefined: it depends on what expressions say. */
    get only(): Kind | undefined {
        if (this.#only === undefined && this.#shape.readers.length === 0)
            this.#only = this.#metric.of(...this.#shape.values(this.#standard, []));
        return this.#only;
    }

    #read(subject: Subject): Kind {
        const read: string[] = [];
        for (const one of this.#shape.readers) read.push(cutValue(one(subject) ?? NO_VALUE));
        // Values are told apart whatever stands in them.
        const key = read.length === 1 ? read[0]! : read.map((one) => `${one.length}:${one}`).join("");
        const all = (this.#known ??= new Map());
        const known = all.get(key);
        if (known) return known;
        const instrument = this.#metric.of(...this.#shape.values(this.#standard, read));
        if (all.size < MAX_REMEMBERED) all.set(ownText(key), instrument);
        return instrument;
    }
}

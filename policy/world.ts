/** All things of a run, and what several checks ask of them together. */
import { thingOf, type Thing } from "./thing";
import type { Resource } from "./resource";

/** Resources whose objects nobody sees before they are made. */
const OPAQUE: readonly string[] = ["kubernetes:helm.sh/v3:Release"];
const REFERENCE = "pulumi:pulumi:StackReference";

export interface WorldOptions {
    /** Whether what is not here is nowhere. By default, where no stack is referred to and nothing is opaque. */
    readonly complete?: boolean;
}

/** Who makes one of these in a namespace runs it, and knows what is there. */
const OWNERSHIP: readonly (readonly [group: string, kind: string])[] = [
    ["", "Service"],
    ["apps", "Deployment"],
];

function ownedNamespaces(world: World): ReadonlySet<unknown> {
    const made = world.of("", "Namespace").map(({ name }) => name);
    return new Set([...made, ...OWNERSHIP.flatMap(([group, kind]) => world.of(group, kind).map(({ namespace }) => namespace))]);
}

export class World {
    readonly things: readonly Thing[];
    /** Whether what is not here is nowhere. */
    readonly complete: boolean;
    readonly #byKind = new Map<string, Thing[]>();
    readonly #derived = new Map<unknown, unknown>();

    constructor(resources: readonly Resource[], options: WorldOptions = {}) {
        this.things = resources.map(thingOf);
        this.complete = options.complete ?? !resources.some(({ type }) => type === REFERENCE || OPAQUE.includes(type));
        for (const thing of this.things) {
            const key = `${thing.group} ${thing.kind}`;
            const known = this.#byKind.get(key);
            if (known) known.push(thing);
            else this.#byKind.set(key, [thing]);
        }
    }

    of(group: string, kind: string): readonly Thing[] {
        return this.#byKind.get(`${group} ${kind}`) ?? [];
    }

    /** Whether what is not here is not in the namespace either: only then may a check say that something does not exist. */
    knows(namespace: string): boolean {
        return this.complete || this.derive(ownedNamespaces).has(namespace);
    }

    /** What a function makes of this world, computed once for all checks. */
    derive<T>(make: (world: World) => T): T {
        if (!this.#derived.has(make)) this.#derived.set(make, make(this));
        return this.#derived.get(make) as T;
    }
}

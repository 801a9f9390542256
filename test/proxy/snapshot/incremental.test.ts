/** A worker that was there all the time serves as one that comes later: what is bound change by change is what is bound at once. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import { bindSnapshot, chainFor, findingsOf, type Snapshot } from "../../../proxy/snapshot";
import { diffTables, emptyTables, type FilterChainEntry, type SecretEntry, type Tables, type TlsTermination } from "../../../proxy/tables";
import { createUpstreamServices } from "../../../proxy/upstream";
import { httpsChain, ORIGIN } from "./entries";

const NAMES = ["a.test", "b.test", "x.b.test", "*.b.test", "*.test", "*"];
const ASKED = [...NAMES.map((name) => name.replace("*", "y")), ""];
const LISTENERS = ["0.0.0.0:443", "0.0.0.0:8443"];
const SECRETS = ["s0", "s1", "ca", "crl"];
const CHAINS = ["c0", "c1", "c2"];

/** Whose each name is, by listener, and what each chain and each secret is like. */
interface State {
    readonly owners: readonly (readonly (string | null)[])[];
    readonly chains: readonly Pick<TlsTermination, "mode" | "secrets">[];
    readonly withList: readonly boolean[];
    readonly secrets: readonly (string | null)[];
}

const FIRST: State = {
    owners: LISTENERS.map(() => NAMES.map(() => null)),
    chains: CHAINS.map(() => ({ mode: "SIMPLE", secrets: [] })),
    withList: CHAINS.map(() => false),
    secrets: SECRETS.map(() => null),
};

const change: fc.Arbitrary<Partial<State>> = fc.record(
    {
        owners: fc.tuple(
            ...LISTENERS.map(() => fc.array(fc.constantFrom(...CHAINS, null), { minLength: NAMES.length, maxLength: NAMES.length })),
        ),
        chains: fc.tuple(
            ...CHAINS.map(() =>
                fc.record({
                    mode: fc.constantFrom("SIMPLE", "MUTUAL", "OPTIONAL_MUTUAL"),
                    secrets: fc.uniqueArray(fc.constantFrom("s0", "s1"), { maxLength: 2 }),
                }),
            ),
        ),
        withList: fc.tuple(...CHAINS.map(() => fc.boolean())),
        secrets: fc.tuple(...SECRETS.map(() => fc.constantFrom("1", "2", null))),
    },
    { requiredKeys: [] },
);

function tablesOf({ owners, chains, withList, secrets }: State): Tables {
    const entries = LISTENERS.flatMap((listener, at) =>
        CHAINS.flatMap((name, index): FilterChainEntry[] => {
            const serverNames = NAMES.filter((_, position) => owners[at]![position] === name);
            if (serverNames.length === 0) return [];
            const chain = httpsChain(`${name} ${listener}`, serverNames);
            const asks = chains[index]!.mode === "SIMPLE" ? {} : { caSecret: "ca", ...(withList[index] ? { crlSecret: "crl" } : {}) };
            return [{ ...chain, listener, tls: { ...(chain.tls as TlsTermination), ...chains[index]!, ...asks } }];
        }),
    );
    const held = SECRETS.flatMap((key, at): SecretEntry[] =>
        secrets[at] === null ? [] : [{ key, certificate: "", privateKey: "", ca: "", fingerprint: secrets[at]!, origin: ORIGIN }],
    );
    return {
        ...emptyTables(),
        chains: new Map(entries.map((entry) => [entry.key, entry])),
        secrets: new Map(held.map((entry) => [entry.key, entry])),
    };
}

/** All that a connection, a request or a later change is decided by. */
function served(snapshot: Snapshot): unknown {
    return {
        chosen: LISTENERS.map((listener) => ASKED.map((name) => chainFor(snapshot, listener, name)?.entry)),
        mutual: [...snapshot.chainHosts].map(([listener, { mutual }]) => [listener, mutual]).sort(),
        identities: [...snapshot.chains].map(([key, { tls }]) => [key, tls?.identity, tls?.problem, tls?.demands]).sort(),
        users: [...snapshot.secretUsers].map(([secret, users]) => [secret, ...[...users].sort()]).sort(),
        findings: findingsOf(snapshot)
            .map(({ code, message }) => `${code} ${message}`)
            .sort(),
    };
}

describe("chains that are bound change by change", () => {
    it("are what they are when all is bound at once, whatever moved, came, went or got another certificate", () => {
        const upstream = createUpstreamServices();
        const context = {
            tickets: { keys: Buffer.alloc(48) },
            events: { secure: () => undefined, refused: () => undefined, unusable: () => undefined },
        };
        fc.assert(
            fc.property(fc.array(fc.tuple(change, fc.boolean()), { minLength: 2, maxLength: 8 }), (changes) => {
                let state = FIRST;
                let snapshot: Snapshot | undefined;
                let before: Tables | undefined;
                for (const [at, [one, isFull]] of changes.entries()) {
                    state = { ...state, ...one };
                    const tables = tablesOf(state);
                    const older = snapshot && served(snapshot);
                    const next = bindSnapshot(snapshot, diffTables(isFull ? undefined : before, tables, at + 1), upstream, context);
                    const afresh = bindSnapshot(undefined, diffTables(undefined, tables, 1), upstream, context);
                    assert.deepEqual(next.faults, []);
                    assert.deepEqual(served(next), served(afresh));
                    if (snapshot) assert.deepEqual(served(snapshot), older, "the older snapshot changed");
                    [snapshot, before] = [next, tables];
                }
            }),
        );
    });
});

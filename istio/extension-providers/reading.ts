/**
 * `extensionProviders` of a mesh configuration, as Istio reads them (pkg/config/validation/agent/extensionprovider.go):
 * those that say who may pass, and those that take logs. What is wrong with one is its own fault and no other's.
 */
import { didYouMean } from "../did-you-mean";
import { Settings, type SettingFault } from "../provider-settings";
import { KINDS, mayDecide, READERS, type ProviderSettings } from "./kinds";

/** One as it is given. */
export interface GivenProvider {
    readonly name: string;
    /** `extensionProviders[0]`. */
    readonly field: string;
    /** `envoyExtAuthzHttp`; empty: it says none, or several. */
    readonly kind: string;
    /** Whether CUSTOM policies may mean it. */
    readonly mayDecide: boolean;
    /** Undefined: it is wrong, and `faults` say how; or it is of a kind that is not read. */
    readonly settings: ProviderSettings | undefined;
    readonly faults: readonly SettingFault[];
    /** What is not read, and makes nothing wrong. */
    readonly remarks: readonly SettingFault[];
}

/** A mesh's configuration is written by hand. */
const MAX_PROVIDERS = 1_000;

/** What is said in a mesh's configuration; `fault`: it can't be read at all. */
export function readProviders(mesh: unknown): { readonly providers: readonly GivenProvider[]; readonly fault?: SettingFault } {
    const root = new Settings(mesh, "");
    const value = root.raw("extensionProviders");
    if (value === undefined) return { providers: [] };
    if (!Array.isArray(value) || value.length > MAX_PROVIDERS) {
        const message = Array.isArray(value) ? `has ${value.length} entries, more than the ${MAX_PROVIDERS} that are read` : "is no list";
        return { providers: [], fault: { field: "extensionProviders", message } };
    }
    const providers = value.map((one: unknown, index) => readProvider(one, `extensionProviders[${index}]`));
    const first = new Set<string>();
    return {
        providers: providers.map((one) => {
            if (!first.has(one.name)) {
                first.add(one.name);
                return one;
            }
            return faulty(one, `is ${JSON.stringify(one.name)}, the name of an earlier provider; nobody can say which is meant`);
        }),
    };
}

function faulty(one: GivenProvider, message: string): GivenProvider {
    return { ...one, settings: undefined, faults: [...one.faults, { field: `${one.field}.name`, message }] };
}

function readProvider(value: unknown, field: string): GivenProvider {
    const given = new Settings(value, field);
    const name = given.text("name", "");
    if (name === "" && given.faults.length === 0) given.fault("name", "is empty");
    const kinds = given.names().filter((one) => one !== "name");
    const [kind = "", second] = kinds;
    if (second !== undefined) given.fault("", `has ${kinds.join(" and ")}, of which a provider has one`);
    else if (kind === "") given.fault("", "says no kind");
    else if (!KINDS.includes(kind)) given.fault(kind, `is no kind of provider${hint(kind, KINDS)}`);
    const about = { name, field, kind: second === undefined ? kind : "", mayDecide: kinds.length === 0 || kinds.some(mayDecide) };
    const read = READERS.get(kind);
    if (given.faults.length > 0 || read === undefined) return { ...about, settings: undefined, faults: given.faults, remarks: [] };
    const inner = new Settings(given.raw(kind), `${field}.${kind}`);
    const settings = read(inner);
    return { ...about, settings: inner.faults.length === 0 ? settings : undefined, faults: inner.faults, remarks: inner.unread(hint) };
}

function hint(word: string, known: readonly string[]): string {
    const found = didYouMean(word, known);
    return found === undefined ? "" : `; did you mean ${found}?`;
}

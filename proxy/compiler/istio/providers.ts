/**
 * Who decides for CUSTOM policies: `extensionProviders` of the gateway's own configuration (ConfigMaps of its namespace with
 * our label) and of the mesh's. Of two providers of one name the gateway's own counts, and of its own the newest: what takes
 * the place of a ConfigMap is there before that goes.
 */
import { isDeepStrictEqual } from "node:util";
import { secretValues } from "../../../istio/certificates";
import { readProviders, type BasicAuthSettings, type GivenProvider, type ProviderSettings } from "../../../istio/extension-providers";
import { readPasswords } from "../../../istio/htpasswd";
import type { SettingFault } from "../../../istio/provider-settings";
import { isGatewayMeshConfig, meshOf } from "../../../istio/semantics/root-namespace";
import { refOf } from "../../../istio/types";
import { byId, type Placed } from "../../resources/model";
import type { PlacedObject } from "../../resources/placed-object";
import { compareText } from "../../resources/text-order";
import type { ObjectContext } from "../context/objects";
import { subjectText, type Subject } from "../context/place";
import type { Family, Lookup, Value } from "../graph/graph";
import type { PasswordRule, ProviderRule, ProviderSource, UnservedRule } from "../routing/model/providers";

interface Defined {
    readonly subject: Subject;
    readonly given: GivenProvider;
}

type ByName = ReadonlyMap<string, Defined>;

export class Providers implements ProviderSource {
    readonly #context: ObjectContext;
    readonly #defined: Value<ByName>;
    readonly #byName: Lookup<ByName, string, Defined | undefined>;
    readonly #rules: Family<Defined, ProviderRule>;
    readonly #secrets: Lookup<ReadonlyMap<string, Placed<"Secret">>, string, Placed<"Secret"> | undefined>;

    constructor(context: ObjectContext) {
        const { graph, objects } = context;
        this.#context = context;
        this.#defined = graph.value(() => this.#read());
        this.#byName = graph.lookup(this.#defined, (all, name: string) => all.get(name));
        this.#rules = graph.family((one) => this.#ruleOf(one));
        this.#secrets = graph.lookup(
            graph.value(() => byId(objects.secrets.get())),
            (all, id: string) => all.get(id),
        );
    }

    provider(name: string): ProviderRule | undefined {
        const defined = this.#byName.get(name);
        return defined && this.#rules.get(defined);
    }

    names(): readonly string[] {
        return [...this.#defined.get().keys()];
    }

    /** Says what is wrong with the gateway's own providers, also where nobody asks for them. */
    check(): void {
        for (const defined of this.#defined.get().values())
            if (isGatewayMeshConfig(defined.subject.source.object, this.#context.settings.namespace)) this.#rules.get(defined);
    }

    #read(): ByName {
        const { report, meshConfigs, settings } = this.#context;
        const defined = new Map<string, Defined>();
        for (const subject of inOrder(meshConfigs.get(), settings.namespace)) {
            const { providers, fault } = readProviders(meshOf(subject.source.object));
            if (fault !== undefined)
                report.add("GH0474", subject, field(fault), `${fault.field} ${fault.message}: no provider of it is known.`);
            for (const given of providers.filter(decides)) {
                const before = defined.get(given.name);
                if (before === undefined) defined.set(given.name, { subject, given });
                else if (before.subject !== subject) {
                    if (isGatewayMeshConfig(subject.source.object, settings.namespace) && agree(before, { subject, given })) continue;
                    report.add(
                        "GH0475",
                        before.subject,
                        `data.mesh.${before.given.field}`,
                        `${subjectText(subject)} has a provider ${JSON.stringify(given.name)} too; this one is asked.`,
                    );
                }
                // The reader has found the name to be said twice: nobody can tell which is meant.
                else defined.set(given.name, { subject, given });
            }
        }
        return defined;
    }

    #ruleOf({ subject, given }: Defined): ProviderRule {
        const { report } = this.#context;
        const place = { subject, field: `data.mesh.${given.field}` };
        for (const fault of given.remarks) report.add("GH0475", subject, field(fault), `${fault.field} ${fault.message} It is not read.`);
        for (const fault of given.faults)
            report.add("GH0474", subject, field(fault), `${fault.field} ${fault.message}; what asks for the provider gets 403.`);
        return { ...place, decides: given.settings === undefined ? unserved(given) : this.#decides(given.settings, place) };
    }

    #decides(settings: ProviderSettings, place: { readonly subject: Subject; readonly field: string }): ProviderRule["decides"] {
        switch (settings.kind) {
            case "http":
            case "grpc":
                return settings;
            case "basic-auth":
                return this.#passwords(settings, place);
            default:
                return settings satisfies never;
        }
    }

    #passwords(
        { secretName, realm, userHeader }: BasicAuthSettings,
        place: { readonly subject: Subject; readonly field: string },
    ): PasswordRule | UnservedRule {
        const { report, settings } = this.#context;
        const id = `${settings.namespace}/${secretName}`;
        const secret = this.#secrets.get(id);
        const refused = (why: string, fix: string): UnservedRule => {
            report.add(
                "GH0474",
                place.subject,
                `${place.field}.gatehouseBasicAuth.secretName`,
                `${why}; what asks for the provider gets 403.`,
                fix,
            );
            return { kind: "unserved", why };
        };
        if (secret === undefined)
            return refused(`Secret ${id} is not there`, "Make it, with a key auth that has the lines of htpasswd -nB.");
        const values = secretValues(secret.object);
        const key = values.has("auth") ? "auth" : "htpasswd";
        const value = values.get(key);
        if (value === undefined)
            return refused(`Secret ${id} has neither the key auth nor the key htpasswd`, "Put the lines of htpasswd -nB there.");
        const { users, faults } = readPasswords(value.text);
        for (const { line, message } of faults)
            report.add("GH0476", secret, value.field, `Line ${line} of ${key} is not taken: ${message}.`);
        if (users.length === 0) return refused(`Secret ${id} has no user in ${key}`, "Add a line of htpasswd -nB.");
        return { kind: "basic-auth", realm, userHeader, users };
    }
}

/** Not those that trace, log or measure: by such a name there is nobody to ask. */
function decides({ settings, faults }: GivenProvider): boolean {
    return settings !== undefined || faults.length > 0;
}

function unserved({ faults }: GivenProvider): UnservedRule {
    return { kind: "unserved", why: faults.map((fault) => `${fault.field} ${fault.message}`).join("; ") };
}

/** Who made the ConfigMap, by Kubernetes' recommended labels. */
function makerOf({ source }: Subject): string | undefined {
    const labels = source.object.metadata.labels ?? {};
    const [name, instance] = [labels["app.kubernetes.io/name"], labels["app.kubernetes.io/instance"]];
    return name === undefined || instance === undefined ? undefined : `${name}/${instance}`;
}

/** Whether the newer takes the older's place, or says the same. */
function agree(newer: Defined, older: Defined): boolean {
    const maker = makerOf(newer.subject);
    return (maker !== undefined && maker === makerOf(older.subject)) || isDeepStrictEqual(newer.given.settings, older.given.settings);
}

/** The gateway's own first, the newest before the others; then the mesh's. */
function inOrder(configs: readonly PlacedObject[], namespace: string): Subject[] {
    const subjects = configs.map((source): Subject => {
        const ref = refOf(source.object);
        return { ref, id: `${ref.namespace}/${ref.name}`, source };
    });
    const rank = ({ source }: Subject): number => (isGatewayMeshConfig(source.object, namespace) ? 0 : 1);
    const made = ({ source }: Subject): string => source.object.metadata.creationTimestamp ?? "";
    return subjects.sort((a, b) => rank(a) - rank(b) || compareText(made(b), made(a)) || compareText(a.id, b.id));
}

function field({ field: within }: SettingFault): string {
    return `data.mesh.${within}`;
}

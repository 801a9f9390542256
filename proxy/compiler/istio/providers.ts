/** Who decides for CUSTOM policies, of the extension providers that are defined. */
import { secretValues } from "../../../istio/certificates";
import { isDeciding, type BasicAuthSettings, type DecidingSettings, type GivenProvider } from "../../../istio/extension-providers";
import { readPasswords } from "../../../istio/htpasswd";
import { isGatewayMeshConfig } from "../../../istio/semantics/root-namespace";
import { idsOf, type Placed } from "../../resources/model";
import type { ObjectContext } from "../context/objects";
import type { Subject } from "../context/place";
import type { Family, Lookup, Value } from "../graph/graph";
import type { PasswordRule, ProviderRule, ProviderSource, UnservedRule } from "../routing/model/providers";
import { meshField, reportRemarks, type DefinedProvider, type ProvidersByName } from "./mesh-providers";

export class Providers implements ProviderSource {
    readonly #context: ObjectContext;
    readonly #defined: Value<ProvidersByName>;
    readonly #byName: Lookup<ProvidersByName, string, DefinedProvider | undefined>;
    readonly #rules: Family<DefinedProvider, ProviderRule>;
    readonly #checked: Value<void>;
    readonly #secrets: Lookup<readonly Placed<"Secret">[], string, readonly Placed<"Secret">[]>;

    constructor(context: ObjectContext, defined: Value<ProvidersByName>) {
        const { graph, objects } = context;
        this.#context = context;
        this.#defined = graph.value(() => new Map([...defined.get()].filter(([, { given }]) => given.mayDecide)));
        this.#byName = graph.lookup(this.#defined, (all, name: string) => all.get(name));
        this.#rules = graph.family((one) => this.#ruleOf(one));
        this.#checked = graph.value(() => this.#check());
        this.#secrets = graph.index(objects.secrets, idsOf);
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
        this.#checked.get();
    }

    #check(): void {
        for (const defined of this.#defined.get().values())
            if (isGatewayMeshConfig(defined.subject.source.object, this.#context.settings.namespace)) this.#rules.get(defined);
    }

    #ruleOf(defined: DefinedProvider): ProviderRule {
        const { report } = this.#context;
        const { subject, given } = defined;
        const place = { subject, field: meshField(given) };
        reportRemarks(this.#context, defined);
        for (const fault of given.faults)
            report.add("GH0474", subject, meshField(fault), `${fault.field} ${fault.message}; what asks for the provider gets 403.`);
        return { ...place, decides: given.settings && isDeciding(given.settings) ? this.#decides(given.settings, place) : unserved(given) };
    }

    #decides(settings: DecidingSettings, place: { readonly subject: Subject; readonly field: string }): ProviderRule["decides"] {
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
        const [secret] = this.#secrets.get(id);
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

function unserved({ faults }: GivenProvider): UnservedRule {
    return { kind: "unserved", why: faults.map((fault) => `${fault.field} ${fault.message}`).join("; ") };
}

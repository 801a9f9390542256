/** Which provider a resource goes to: the one it names, or the default one of its package, made when it is first needed. */
import { randomUUID } from "node:crypto";
import type { StackConfig } from "../project/config";
import type { Provider } from "../providers/provider";
import { providerNamed, providerNames } from "../providers/registry";
import type { PropertyMap, PropertyValue, StackName } from "../types";
import { openMap, seal } from "../values/envelopes";
import { RefusedCall } from "./failure";
import { NO_OPTIONS } from "./messages";
import type { RegisteredResource } from "./resources";
import { makeUrn } from "./urn";

export const PROVIDER_TYPE = "pulumi:providers:";

/** The way out of a provider that is not here. */
export const WHAT_IT_HAS = `It has ${providerNames().join(" and ")}; deploy this stack with pulumi up.`;

/** `tls` of `tls:index/privateKey:PrivateKey`. */
export function packageOf(token: string): string {
    return token.split(":")[0] ?? "";
}

export interface ResolvedProvider {
    readonly provider: Provider;
    /** `<urn>::<id>`. */
    readonly reference: string;
    /** The provider resource's inputs, opened. */
    readonly settings: PropertyMap;
}

export class ProviderReferences {
    readonly #name: StackName;
    readonly #config: StackConfig;
    readonly #resources: Map<string, RegisteredResource>;

    constructor(name: StackName, config: StackConfig, resources: Map<string, RegisteredResource>) {
        this.#name = name;
        this.#config = config;
        this.#resources = resources;
    }

    /** An empty reference is the default provider. The package is one that the engine has. */
    resolve(reference: string, packageName: string, version: string): ResolvedProvider {
        const provider = providerNamed(packageName);
        const urn = reference.slice(0, reference.lastIndexOf("::"));
        const resource = reference === "" ? this.#default(packageName, version) : this.#resources.get(urn);
        if (!resource || !provider) throw new RefusedCall(`unknown provider '${reference}'`);
        return { provider, reference: `${resource.urn}::${resource.id ?? ""}`, settings: openMap(resource.inputs) };
    }

    /** The stack's configuration of a package is its default provider's inputs. */
    #default(packageName: string, version: string): RegisteredResource {
        const type = `${PROVIDER_TYPE}${packageName}`;
        const name = version === "" ? "default" : `default_${version.replace(/[^A-Za-z0-9]/g, "_")}`;
        const urn = makeUrn(this.#name, undefined, type, name);
        const known = this.#resources.get(urn);
        if (known) return known;
        const { values, secretKeys } = this.#config;
        const settings = Object.entries(values)
            .filter(([key]) => key.startsWith(`${packageName}:`))
            .map(([key, value]): [string, PropertyValue] => [
                key.slice(packageName.length + 1),
                secretKeys.includes(key) ? seal(value) : value,
            ]);
        const inputs = { ...Object.fromEntries(settings), ...(version === "" ? {} : { version }) };
        const made: RegisteredResource = {
            urn,
            type,
            name,
            custom: true,
            external: false,
            options: NO_OPTIONS,
            transforms: [],
            inputs,
            outputs: inputs,
            id: randomUUID(),
            made: true,
        };
        this.#resources.set(urn, made);
        return made;
    }
}

/** Ports of hosts, as listeners show them. What is asked of them at every plan is made once, as long as the host's definition is the same. */
import type { CompilerSettings } from "../../context/context";
import type { HostDefinition, HostPort } from "../../routing/model/backends";
import { domainsOf, type Domains } from "./domains";
import { familyOf, type OutboundFamily } from "./families";
import { rulesTo, type OutboundRules } from "./outbound-rules";

/** Rules that nobody wrote, and the key that they are asked for by. */
export interface DefaultRules {
    readonly key: string;
    readonly rules: OutboundRules;
}

/** A port of a host, as one listener shows it. */
export class Visible {
    readonly definition: HostDefinition;
    readonly port: HostPort;
    readonly family: OutboundFamily;
    /** On which it is asked for, which a Sidecar may say otherwise than the host. */
    readonly listens: number;
    /** The host and its port. */
    readonly id: string;
    readonly names: Domains;
    #proxied: Domains | undefined;
    #default: DefaultRules | undefined;
    #defaultByName: DefaultRules | undefined;

    constructor(definition: HostDefinition, port: HostPort, family: OutboundFamily, listens: number, names: Domains) {
        this.definition = definition;
        this.port = port;
        this.family = family;
        this.listens = listens;
        this.id = `${definition.host} ${port.number}`;
        this.names = names;
    }

    /** As a proxy is asked for it. */
    get proxied(): Domains {
        return (this.#proxied ??= withPort(this.names, this.port.number));
    }

    /** It leads to the host itself: whatever server name is asked for, or by its own alone. */
    default(isByName: boolean): DefaultRules {
        if (isByName) return (this.#defaultByName ??= this.#defaultFor(this.definition.host));
        return (this.#default ??= this.#defaultFor("*"));
    }

    #defaultFor(serverName: string): DefaultRules {
        const { definition, port, id } = this;
        return {
            key: `default ${id} ${serverName}`,
            rules: rulesTo(definition.subject, port.field, definition.host, port.number, serverName),
        };
    }
}

function withPort({ full, short, addresses }: Domains, port: number): Domains {
    const at = (name: string): string => `${name}:${port}`;
    return { full: at(full), short: short.map(at), addresses: addresses.map(at) };
}

export class MeshHosts {
    readonly #settings: CompilerSettings;
    readonly #known = new WeakMap<HostDefinition, readonly Visible[]>();

    constructor(settings: CompilerSettings) {
        this.#settings = settings;
    }

    /** The ports that connections are sent to, each asked for on its own number. */
    portsOf(definition: HostDefinition): readonly Visible[] {
        let known = this.#known.get(definition);
        if (known === undefined) this.#known.set(definition, (known = this.#read(definition)));
        return known;
    }

    #read(definition: HostDefinition): readonly Visible[] {
        const names = domainsOf(definition, this.#settings.namespace, this.#settings.domain);
        return definition.ports.flatMap((port) => {
            const family = familyOf(port);
            return family === undefined ? [] : [new Visible(definition, port, family, port.number, names)];
        });
    }
}

/** The service that a provider stands for, as istiod looks it up (pilot/pkg/extensionproviders): by its whole name, in one namespace. */
import type { CompilerContext } from "../context/context";
import type { ObjectPlace } from "../context/place";
import { listText } from "../context/report";
import type { HostDefinition } from "./model/backends";
import type { Registry } from "./registry";

interface Asked {
    readonly namespace: string;
    readonly host: string;
    readonly port: number;
}

/** Undefined: it is not there, and was said. `field`: the provider's settings. `code` and `consequence`: of what is said. */
export function providerService(
    { report }: CompilerContext,
    registry: Registry,
    { subject }: ObjectPlace,
    field: string,
    { namespace, host, port }: Asked,
    code: "GH0457" | "GH0474" | "GH0497",
    consequence: string,
): HostDefinition | undefined {
    const unresolved = (at: string, what: string, fix: string): undefined => {
        report.add(code, subject, at, `${what}${consequence}`, fix);
        return undefined;
    };
    const all = registry.lookup(host).filter((one) => one.host === host);
    const namespaces = [...new Set(all.map((one) => one.namespace))].sort();
    const [found, ...others] = all.filter((one) => namespace === "" || one.namespace === namespace);
    if (found === undefined) {
        const similar = registry.similar(host);
        const known =
            all.length > 0 ? `It is in namespace ${listText(namespaces)}.` : similar.length > 0 ? `Known: ${listText(similar)}.` : "";
        return unresolved(
            `${field}.service`,
            `No Service or ServiceEntry of the name ${host}${namespace === "" ? "" : ` is in namespace ${namespace}`}`,
            known || "Write the whole name, as in auth.shop.svc.cluster.local.",
        );
    }
    if (namespace === "" && namespaces.length > 1)
        return unresolved(
            `${field}.service`,
            `${host} is in several namespaces (${listText(namespaces)})`,
            `Write ${namespaces[0] ?? ""}/${host}.`,
        );
    const ports = [found, ...others].flatMap((one) => one.ports.map(({ number }) => number));
    if (!ports.includes(port))
        return unresolved(
            `${field}.port`,
            `${host} has no port ${port} (it has ${listText([...new Set(ports)])})`,
            "Name the Service's port, not the container's.",
        );
    return found;
}

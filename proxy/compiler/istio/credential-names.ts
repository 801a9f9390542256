/** What a credentialName refers to (Istio pilot/pkg/model/credentials/resource.go). */

export type CredentialName = { readonly namespace: string; readonly name: string } | { readonly fault: string; readonly fix: string };

const SCHEMES = ["kubernetes://", "kubernetes-gateway://"];

/** A name alone is looked up in the proxy's namespace, whatever namespace the Gateway lives in. */
export function parseCredentialName(text: string, proxyNamespace: string): CredentialName {
    const scheme = SCHEMES.find((one) => text.startsWith(one));
    const rest = scheme === undefined ? text : text.slice(scheme.length);
    if (scheme === undefined && text.includes("://")) {
        return {
            fault: `${text.slice(0, text.indexOf("://") + 3)} is not a kind of credential that the bundled proxy reads.`,
            fix: "Use the name of a Secret in the proxy's namespace.",
        };
    }
    const [first = "", second, ...more] = rest.split("/");
    if (first === "" || second === "" || more.length > 0) return { fault: `${text} is not the name of a Secret.`, fix: "" };
    const namespace = second === undefined ? proxyNamespace : first;
    if (namespace !== proxyNamespace) {
        return {
            fault: `${text} names a Secret in namespace ${namespace}; the proxy reads those of its own namespace ${proxyNamespace} only.`,
            fix: `Put the Secret in namespace ${proxyNamespace}.`,
        };
    }
    return { namespace, name: second ?? first };
}

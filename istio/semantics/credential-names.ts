/** What a `credentialName` refers to (Istio pilot/pkg/model/credentials/resource.go). */
import type { QualifiedName } from "./names";

const SCHEMES = ["kubernetes://", "kubernetes-gateway://"];

/** `scheme` is what Istio reads and nobody else; `name` is the name of nothing. */
export type CredentialNameFault = { readonly fault: "scheme"; readonly scheme: string } | { readonly fault: "name" };

/** The Secret that is meant: a name alone is one of the namespace of the gateway's pods, wherever the Gateway is. */
export function secretNamed(text: string, podNamespace: string): QualifiedName | CredentialNameFault {
    const scheme = SCHEMES.find((one) => text.startsWith(one)) ?? "";
    const rest = text.slice(scheme.length);
    if (scheme === "" && text.includes("://")) {
        return { fault: "scheme", scheme: text.slice(0, text.indexOf("://") + 3) };
    }
    const [first = "", second, ...more] = rest.split("/");
    if (first === "" || second === "" || more.length > 0) {
        return { fault: "name" };
    }
    return second === undefined ? { namespace: podNamespace, name: first } : { namespace: first, name: second };
}

/** The same, for whoever leaves what is wrong to others. */
export function secretMeant(text: string, podNamespace: string): QualifiedName | undefined {
    const named = secretNamed(text, podNamespace);
    return "fault" in named ? undefined : named;
}

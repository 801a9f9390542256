/** What a credentialName refers to, as far as this proxy reads it: Secrets of its own namespace. */
import { secretNamed } from "../../../istio/semantics";
import type { CredentialRef } from "../routing/model/credentials";

const SEPARATE_CA = "-cacert";

/** A certificate and its key. A name alone is looked up in the proxy's namespace, whatever namespace the object lives in. */
export function pairRef(text: string, proxyNamespace: string, field: string): CredentialRef {
    const parsed = parse(text, proxyNamespace);
    return typeof parsed === "string"
        ? { kind: "secret", namespace: proxyNamespace, names: [parsed], field }
        : { kind: "unclear", text, ...parsed, field };
}

/** The CA that belongs to a credential: its `-cacert` Secret, else the Secret itself. */
export function authorityRef(text: string, proxyNamespace: string, field: string): CredentialRef {
    const own = pairRef(text, proxyNamespace, field);
    if (own.kind !== "secret" || text.endsWith(SEPARATE_CA)) return own;
    return { ...own, names: [...own.names.map((name) => `${name}${SEPARATE_CA}`), ...own.names] };
}

function parse(text: string, proxyNamespace: string): string | { readonly fault: string; readonly fix: string } {
    const named = secretNamed(text, proxyNamespace);
    if ("fault" in named) {
        return named.fault === "name"
            ? { fault: `${text} is not the name of a Secret.`, fix: "" }
            : {
                  fault: `${named.scheme} is not a kind of credential that the bundled proxy reads.`,
                  fix: "Use the name of a Secret in the proxy's namespace.",
              };
    }
    if (named.namespace === proxyNamespace) return named.name;
    return {
        fault: `${text} names a Secret in namespace ${named.namespace}; the proxy reads those of its own namespace ${proxyNamespace} only.`,
        fix: `Put the Secret in namespace ${proxyNamespace}.`,
    };
}

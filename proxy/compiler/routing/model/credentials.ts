/** How objects name credentials, and where those are found. */
import type { CredentialReading } from "../../context/credential";

/** A credential by its name, and the field that it is named in. */
export type CredentialRef = { readonly field: string } & (
    | {
          readonly kind: "secret";
          readonly namespace: string;
          /** The first of them that there is, otherwise the last. */
          readonly names: readonly string[];
      }
    | { readonly kind: "files"; readonly certificate: string; readonly privateKey: string }
    | { readonly kind: "file"; readonly path: string }
    /** A name that means nothing here. */
    | { readonly kind: "unclear"; readonly text: string; readonly fault: string; readonly fix: string }
);

/** Secrets as they are now. What is asked is read through the graph. */
export interface SecretSource {
    /** `id` is `ns/name`; undefined: there is no such Secret. */
    pair(id: string): CredentialReading | undefined;
    ca(id: string): CredentialReading | undefined;
    has(id: string): boolean;
    /** Where else there is a Secret of a name. */
    namespacesOf(name: string): readonly string[];
}

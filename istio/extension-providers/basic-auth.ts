/** `gatehouseBasicAuth`, a kind of our own: names and passwords in a Secret. */
import type { Settings } from "../provider-settings";
import { hasControl } from "../wire-text";

export const BASIC_AUTH_KIND = "gatehouseBasicAuth";

export interface BasicAuthSettings {
    readonly kind: "basic-auth";
    readonly secretName: string;
    readonly realm: string;
    /** The header that tells backends the user's name, lower-case; empty: none. */
    readonly userHeader: string;
}

const DEFAULT_REALM = "Restricted";

export function readBasicAuth(given: Settings): BasicAuthSettings {
    const secretName = given.text("secretName", "");
    if (!/^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/.test(secretName)) given.fault("secretName", "is no name of a Secret");
    const realm = given.text("realm", "") || DEFAULT_REALM;
    if (hasControl(realm) || realm.length > 200) given.fault("realm", "has a control character, or more than 200 characters");
    return { kind: "basic-auth", secretName, realm, userHeader: given.headerName("userHeader") };
}

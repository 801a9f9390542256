/** Who decides for CUSTOM policies, as the mesh's configuration has it. Hosts are not looked up yet. */
import type { GrpcProviderSettings, HttpProviderSettings } from "../../../../istio/extension-providers";
import type { BasicAuthEntry, UnservedProviderEntry } from "../../../tables/access";
import type { ObjectPlace } from "../../context/place";

export interface ProviderRule extends ObjectPlace {
    readonly decides: HttpProviderSettings | GrpcProviderSettings | PasswordRule | UnservedRule;
}

/** Names and passwords are in a Secret, which was read already. */
export type PasswordRule = Omit<BasicAuthEntry, "key" | "origin">;

/** It is wrong, or of a kind that is not served; what is wrong with it was said. */
export type UnservedRule = Omit<UnservedProviderEntry, "key" | "origin">;

/** What is asked is read through the graph. */
export interface ProviderSource {
    /** Undefined: there is none of this name. */
    provider(name: string): ProviderRule | undefined;
    /** For the reader of a finding. */
    names(): readonly string[];
}

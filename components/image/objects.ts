/** The inputs of the build that docker-build runs, as plain data. */
import { UNKNOWN } from "../arguments/unknown";
import type { GatewayImageData } from "./plan";

export interface ImageBuild {
    readonly context: { readonly location: string };
    readonly buildArgs: Readonly<Record<string, string>>;
    readonly tags: readonly string[];
    readonly platforms?: readonly string[];
    readonly builder?: { readonly name?: string };
    readonly push: boolean;
    readonly load: boolean;
    readonly labels: Readonly<Record<string, string>>;
    readonly buildOnPreview: boolean;
}

/** Nothing is run in the build, so that a machine of one kind builds for all of them. */
const PUSHED_PLATFORMS = ["linux/amd64", "linux/arm64"];

/** `context` is the folder of the image's files, as the provider finds it. */
export function buildImage(context: string, data: GatewayImageData): ImageBuild {
    const { base = "", tags = [], builder, push = true, load = false, labels = {}, revision, buildOnPreview = false } = data;
    const platforms = data.platforms ?? (push && !load ? PUSHED_PLATFORMS : undefined);
    return {
        context: { location: context },
        // With a fixed time in it, the same files on the same base are the same digest: gateways are not rolled for nothing.
        buildArgs: { BASE: base, SOURCE_DATE_EPOCH: "0", ...(revision === undefined ? {} : { REVISION: revision }) },
        tags,
        ...(platforms === undefined ? {} : { platforms }),
        ...(builder === undefined ? {} : { builder }),
        push,
        load,
        labels,
        buildOnPreview,
    };
}

/** As far as it is known: what is pushed, and for which platforms, hangs on plain arguments. */
export function outlineImage(context: string, known: GatewayImageData): object {
    return { ...buildImage(context, known), ...(typeof known.platforms === "string" ? { platforms: UNKNOWN } : {}) };
}

/** What gateways run: pushed, the first name by its digest; otherwise what a daemon knows it by. */
export function builtReference({ tags, push }: Pick<ImageBuild, "tags" | "push">, digest: string): string {
    const [tag = ""] = tags;
    return push && digest !== "" ? `${tag}@${digest}` : tag;
}

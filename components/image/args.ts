/** What a GatewayImage is given: an image that exists, or how to build one. */
import type * as pulumi from "@pulumi/pulumi";

/** An image that somebody else built. */
export interface ExistingImageArgs {
    /** By its digest: `registry.example/gatehouse:1.2.3@sha256:…`. */
    readonly image: pulumi.Input<string>;
}

/** What Node is released for on Linux. */
export type ImagePlatform = "linux/amd64" | "linux/arm64" | "linux/ppc64le" | "linux/s390x";

/** Credentials of a registry. Without any, those of the machine that builds are used. */
export interface ImageRegistryArgs {
    readonly address: pulumi.Input<string>;
    readonly username?: pulumi.Input<string>;
    /** A secret, whether it is marked as one or not. */
    readonly password?: pulumi.Input<string>;
}

/** Builds the image of this package; names are those of `@pulumi/docker-build`. */
export interface BuiltImageArgs {
    /** An image with Node and nothing else, by its digest. Whoever builds chooses it, and renews it. */
    readonly base: pulumi.Input<string>;
    /** Full names with a tag: `registry.example/team/gatehouse:1.2.3`. Gateways run the first one. */
    readonly tags: readonly pulumi.Input<string>[];
    readonly registries?: readonly ImageRegistryArgs[];
    /** Default: amd64 and arm64 where it is pushed, else the builder's own. */
    readonly platforms?: readonly ImagePlatform[];
    /** A builder that `docker buildx create` made. Docker's own, without a name, is not taken. */
    readonly builder?: { readonly name: pulumi.Input<string> };
    /** Into the registries of the tags. Default: true. */
    readonly push?: boolean;
    /** Into the Docker daemon of the machine that builds. Default: false. */
    readonly load?: boolean;
    /** Beside those that the image has; a label may be any text that is not secret. */
    readonly labels?: Readonly<Record<string, pulumi.Input<string>>>;
    /** The commit it is built from, for the label `org.opencontainers.image.revision`. */
    readonly revision?: pulumi.Input<string>;
    /** Build in every preview as well, which needs the builder. Default: false. */
    readonly buildOnPreview?: boolean;
}

export type GatewayImageArgs = ExistingImageArgs | BuiltImageArgs;

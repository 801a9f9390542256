// The image of a release, given to the build when it is published: by its digest, so that what gateways run is what was
// tested. Without one a gateway has to name its image.
"use strict";

const PINNED = /^[a-z0-9][a-z0-9._:/-]*@sha256:[0-9a-f]{64}$/;

/** What esbuild has to put in the place of GATEHOUSE_IMAGE; nothing without a release image. */
function releaseImage({ GATEHOUSE_IMAGE: image }) {
    if (image === undefined || image === "") return {};
    if (!PINNED.test(image)) throw new Error(`GATEHOUSE_IMAGE is ${JSON.stringify(image)}; wanted an image by its digest: registry.example/gatehouse@sha256: and 64 hexadecimal digits`);
    return { GATEHOUSE_IMAGE: JSON.stringify(image) };
}

module.exports = { releaseImage };

/** Where Envoy is: on PATH, or in the folder into which `npm run e2e:tools` installs the Python package that carries it. */
import { existsSync, readdirSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { findTool } from "./tools";

export const ENVOY_FOLDER = path.join(os.homedir(), ".cache/gatehouse-envoy");

export function findEnvoy(): string | undefined {
    const onPath = findTool("envoy");
    if (onPath !== undefined) return onPath;
    const lib = path.join(ENVOY_FOLDER, "lib");
    const pythons = existsSync(lib) ? readdirSync(lib) : [];
    return pythons.map((one) => path.join(lib, one, "site-packages/envoy/_bin/envoy")).find((file) => existsSync(file));
}

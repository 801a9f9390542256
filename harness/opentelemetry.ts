/** OpenTelemetry's own classes of OTLP's messages, in a folder into which `npm run e2e:tools` installs the Python package that has them. */
import { existsSync } from "node:fs";
import os from "node:os";
import path from "node:path";

const OPENTELEMETRY_FOLDER = path.join(os.homedir(), ".cache/gatehouse-opentelemetry");

/** A Python that can import them; undefined: there is none here. */
export function findOpenTelemetry(): string | undefined {
    const python = path.join(OPENTELEMETRY_FOLDER, "bin/python");
    return existsSync(python) ? python : undefined;
}

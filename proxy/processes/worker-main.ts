/** The program of a worker process where there is no bundle: tests and the sources in a checkout. */
import { runWorker } from "./worker";

runWorker();

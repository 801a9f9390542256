/** `gatehouse up`: stacks on this machine. */
export { up, type UpOptions } from "./up";

/** How busy a whole machine is, whoever keeps it so. */
export interface MachineLoad {
  /** Thousandths of processors in use. */
  readonly cpu: number;
  /** Bytes in use. */
  readonly memory: number;
  readonly gpus: readonly GpuLoad[];
}

interface GpuLoad {
  /** Its model. */
  readonly name: string;
  /** Bytes. */
  readonly memory: number;
  readonly memoryUsed: number;
  /** 0 to 100. */
  readonly percentUsed: number;
}

/** Ends a job as a whole; the message is for whoever reads its report. */
export class JobFailure extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'JobFailure';
  }
}

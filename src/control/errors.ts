/** Stable codes of the control plane's own errors; docs/control-plane.md lists them. */
export type ControlErrorCode =
  | 'bad_request'
  | 'conflict'
  | 'foreign_host'
  | 'foreign_origin'
  | 'internal_error'
  | 'not_implemented'
  | 'not_found'
  | 'unavailable'
  | 'seed_refused'
  | 'too_large'
  | 'unauthorized'
  | 'unsupported_media_type';

/** An error of the control plane: `{error, detail}` on the wire. */
export class ControlError extends Error {
  readonly status: number;
  readonly code: ControlErrorCode;

  constructor(status: number, code: ControlErrorCode, detail: string) {
    super(detail);
    this.name = 'ControlError';
    this.status = status;
    this.code = code;
  }
}

/** 400: names the member that is wrong. */
export function badControlRequest(detail: string): ControlError {
  return new ControlError(400, 'bad_request', detail);
}

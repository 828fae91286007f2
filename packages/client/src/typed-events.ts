/** Listens to events whose `detail` has the type `Detail`. */
type Listener<Detail> =
  | ((event: CustomEvent<Detail>) => void)
  | { handleEvent(event: CustomEvent<Detail>): void }
  | null;

/** An `EventTarget` whose events are `CustomEvent`s, `Details` telling the type of `detail` by the event's name. */
export interface TypedEvents<Details extends object> extends EventTarget {
  addEventListener<K extends keyof Details & string>(
    type: K,
    listener: Listener<Details[K]>,
    options?: boolean | AddEventListenerOptions,
  ): void;
  removeEventListener<K extends keyof Details & string>(
    type: K,
    listener: Listener<Details[K]>,
    options?: boolean | EventListenerOptions,
  ): void;
}

/** The platform's own `EventTarget`, which is all this is at run time. */
export const TypedEvents: new <Details extends object>() => TypedEvents<Details> = EventTarget;

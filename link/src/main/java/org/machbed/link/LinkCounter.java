package org.machbed.link;

/** What a link counts. Each is written by the sending or by the receiving side of one station, never by both. */
public enum LinkCounter {
    /** Sending: frames put on the wire, each once however many stations it goes to. */
    FRAMES_SENT,
    BYTES_SENT,
    /** Sending: frames copied to a station because they could not be composed in its memory. */
    COPIES,
    COPIED_BYTES,
    /** Sending: doorbells rung; none is rung for a station that has yet to answer the one before. */
    DOORBELLS,
    /** Sending: doorbells that woke a station which waited, each a system call. */
    WAKE_UPS,
    /** Sending: frames that had no room in a station's ring, counted for each such station. */
    DROPPED_RING_FULL,
    /** Sending: frames when no other station was on the link. */
    DROPPED_NO_STATION,
    /** Sending: frames longer than the MTU allows. */
    DROPPED_OVERSIZE,
    /** Sending: frames that the medium would have carried too late. */
    DROPPED_MEDIUM_BUSY,
    /** Sending: frames to a station whose side of its ring holds nonsense. */
    DROPPED_CORRUPT_RING,
    /** Sending: stations that could not be sent to since their memory could not be mapped. */
    UNREACHABLE_STATIONS,
    /** Sending: frames that the machine's interface had no room for. */
    DROPPED_INTERFACE_BUSY,
    /** Sending: frames while the machine's interface was down, or after it was deleted. */
    DROPPED_INTERFACE_DOWN,
    /** Sending: frames that the machine's interface refused for another reason. */
    DROPPED_REFUSED,

    /** Receiving: frames handed to the handler. */
    FRAMES_RECEIVED,
    BYTES_RECEIVED,
    /** Receiving: stations that are listened to no longer since their side of the ring held nonsense. */
    CORRUPT_RINGS,
    /** Receiving: stations that could not be listened to since their memory could not be mapped. */
    UNMAPPED_RINGS,
    /** Receiving: checksums that an offload had left to be summed. */
    CHECKSUMS_COMPLETED,
    /** Receiving: long frames that an offload had left to be cut. */
    FRAMES_SEGMENTED,
    /** Receiving: what came from an interface and could not be made a frame. */
    UNUSABLE_FRAMES,
    /** Receiving: datagrams that came to a UDP wire from somebody who is none of its peers. */
    DROPPED_STRANGER,
    /** Receiving: frames that the kernel had no room for till they were read, where it says so. */
    DROPPED_QUEUE_FULL,
    /** Receiving: how often the interface was found down. */
    INTERFACE_DOWN,
    /** Receiving: 1 when the interface was deleted. */
    INTERFACE_GONE,

    /** Receiving: what impairments did to arriving frames. */
    IMPAIRED_LOST,
    IMPAIRED_DUPLICATED,
    IMPAIRED_REORDERED,
    IMPAIRED_CORRUPTED,
    /** Sending: what impairments did to frames on their way out. */
    IMPAIRED_OUT_LOST,
    IMPAIRED_OUT_DUPLICATED,
    IMPAIRED_OUT_REORDERED,
    IMPAIRED_OUT_CORRUPTED,

    /** Sending and receiving, under the capture's lock: frames recorded, and frames after the capture had become full. */
    CAPTURED,
    CAPTURE_DROPPED
}

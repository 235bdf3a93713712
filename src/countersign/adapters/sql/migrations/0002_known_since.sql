-- Since when we know each piece of a room's state: what we knew already, since we joined the room.
ALTER TABLE room_state ADD COLUMN known_since_ts INTEGER NOT NULL DEFAULT 0;

UPDATE room_state SET known_since_ts =
    (SELECT joined_ts FROM rooms WHERE rooms.number = room_state.room);

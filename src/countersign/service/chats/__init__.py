"""Direct chats of people with our user: appeals by message."""

"""Direct chats of people with our user, in which they appeal."""

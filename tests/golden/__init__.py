"""Numbers that other libraries came to, and the scripts that wrote them down."""

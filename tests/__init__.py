"""The tests, each where its source file stands; `house` tests the rules of the house, `integration` real peers."""

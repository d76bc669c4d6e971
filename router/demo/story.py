"""The story: one night with vaccines, a kitchen and an archive, in about fifty minutes.

What must not be here: how anything is done (`scene`). Minutes are those of the story; where the router takes its time
(a link that comes back, a provider that hangs) the story waits for what must happen.
"""

from typing import Final

from router.demo.payloads import Condition, Sensor
from router.demo.scene import Scene

FREEZER_3: Final = Sensor("20018842", "Freezer 3")
FREEZER_4: Final = Sensor("20018843", "Freezer 4")
COOLER: Final = Sensor("20018901", "Walk-in cooler")
SHOWCASE: Final = Sensor("20019044", "Showcase 12", "Humidity", "Relative Humidity", "%")
LOGGER: Final = Sensor("20019045", "Logger 7")
GATEWAY: Final = Sensor("20019100", "Gateway North")
INCUBATOR: Final = Sensor("20019230", "Incubator")

ALICE, BOB, CARLA = "+4917012345", "+4917054321", "+4917067890"
DANA, CARLA_MAIL, DESK = "dana@example.org", "carla@example.org", "duty-desk@example.org"

BATTERY: Final = Condition(LOGGER, "The battery of the device is nearly empty", severity="Warning")
LOST: Final = Condition(GATEWAY, "Connection timeout, device did not communicated in expected time", severity="Warning")
OLD: Final = Condition(INCUBATOR, "Calibration is too old", severity="Warning")


def warm(sensor: Sensor, value: float) -> Condition:
    """Above the upper limit, or back from there."""
    return Condition(sensor, "Upper limit", value)


async def play(scene: Scene) -> None:
    """The whole night. Raises `StoryError` when the router does not do its part."""
    await _freezer_escalates(scene)
    await _out_of_order(scene)
    await _gateway(scene)
    await _provider_hangs(scene)
    await _link_is_lost(scene)
    await _nobody_wrote_a_rule(scene)
    await _morning(scene)


async def _freezer_escalates(scene: Scene) -> None:
    scene.say("A quiet night. The router listens to the broker; everything below is real, and on this machine.")
    await scene.at(1.5)
    scene.say("In cold room 2 a freezer door was not quite shut. The vaccines in freezer 3 get warm.")
    scene.alarm(warm(FREEZER_3, -14.2), minutes_ago=5)
    await scene.received("sms", ALICE, "Freezer 3")
    await scene.at(3)
    scene.say("The chat knows, and Alice has an SMS. But her phone lies in the other room …")
    await scene.at(4)
    scene.say("A small thing meanwhile: the battery of a logger in the museum is nearly flat.")
    scene.alarm(BATTERY)
    await scene.received("mail", DANA, "Logger 7")
    await scene.at(6)
    await scene.acknowledge(BATTERY, "dana")
    await scene.received("sms", BOB, "Freezer 3")
    scene.say("Five minutes and no answer: the router wakes up the next one. Bob reads it.")
    await scene.at(8.5)
    await scene.acknowledge(warm(FREEZER_3, -14.2), "bob")
    await scene.received("chat", "cold-chain", "has it: Freezer 3")
    scene.say("Bob is on his way: the escalation stops, and the chat knows who has it.")


async def _out_of_order(scene: Scene) -> None:
    await scene.at(11.5)
    scene.say("A showcase in the archive was offline. What it kept comes in the wrong order: first the end …")
    scene.recovery(Condition(SHOWCASE, "Upper limit", 54.0), minutes_ago=20)
    await scene.at(12.3)
    scene.say("… then the beginning. One text with both times, and no alarm that never ends.")
    scene.alarm(Condition(SHOWCASE, "Upper limit", 63.5), minutes_ago=45)
    await scene.received("mail", DANA, "Showcase 12")
    await scene.at(14.5)
    scene.say("Bob has shut the door of freezer 3. It recovers: everybody who was told hears it.")
    scene.recovery(warm(FREEZER_3, -18.6))
    await scene.received("sms", ALICE, "Back to normal: Freezer 3")


async def _gateway(scene: Scene) -> None:
    await scene.at(17)
    scene.say("The gateway in the cellar falls silent. A device that says nothing is an alarm too.")
    scene.alarm(LOST)
    await scene.received("mail", DANA, "Gateway North")
    await scene.at(19)
    await scene.acknowledge(LOST, "dana")


async def _provider_hangs(scene: Scene) -> None:
    await scene.at(21)
    scene.providers.hang()
    scene.say("Now the SMS provider hangs: it takes texts and never answers. And the cooler in the kitchen gets warm.")
    scene.alarm(warm(COOLER, 9.3), minutes_ago=5)
    await scene.received("chat", "cold-chain", "Walk-in cooler")
    await scene.received("mail", CARLA_MAIL, "Walk-in cooler")
    scene.say("No SMS gets through to Carla, so the router uses her mail, and tells the duty desk about the provider.")
    await scene.received("mail", DESK, "carla via sms was not told")
    await scene.at(26)
    await scene.acknowledge(warm(COOLER, 9.3), "carla")
    await scene.at(27.5)
    scene.providers.answer()
    scene.say("The provider is back. Carla has found the cooler's door open.")
    scene.recovery(warm(COOLER, 5.1))
    await scene.received("sms", CARLA, "Back to normal: Walk-in cooler")
    await scene.received("mail", DESK, "accepts again")


async def _link_is_lost(scene: Scene) -> None:
    await scene.at(30)
    scene.cut_link()
    scene.say("Somebody pulls the wrong cable: the link to the broker is gone. The router tries again and again.")
    await scene.at(31)
    scene.say("Just now freezer 4 gets warm. The broker keeps its alarm.")
    scene.alarm(warm(FREEZER_4, -13.7), minutes_ago=5)
    await scene.received("mail", DESK, "no connection for 2m")
    scene.say("Two minutes without a link: the duty desk must know that the router is deaf.")
    await scene.at(34)
    scene.mend_link()
    scene.say("The cable is back. The router's next try will find the broker …")
    await scene.received("sms", ALICE, "Freezer 4")
    scene.say("… and there it is: what waited arrives at once. The duty desk hears that the link is back.")
    await scene.received("mail", DESK, "Connected again")
    await scene.at(37)
    await scene.acknowledge(warm(FREEZER_4, -13.7), "alice")


async def _nobody_wrote_a_rule(scene: Scene) -> None:
    await scene.at(39.5)
    scene.say("An incubator wants to be calibrated. Nobody wrote a rule for that: silence is not an answer.")
    scene.alarm(OLD)
    await scene.received("mail", DESK, "Incubator")


async def _morning(scene: Scene) -> None:
    await scene.at(42)
    scene.say("The end of the shift: freezer 4 is cold, the gateway is back, the battery is new, all is calibrated.")
    scene.recovery(warm(FREEZER_4, -19.0))
    await scene.at(43)
    scene.recovery(LOST)
    await scene.at(44)
    scene.recovery(BATTERY)
    await scene.at(45)
    scene.recovery(OLD)
    await scene.received("sms", ALICE, "Back to normal: Freezer 4")
    await scene.received("mail", DANA, "Back to normal: Logger 7")
    await scene.at(47)
    scene.say("Nothing was lost, and nobody was left without an answer. Good morning.")
    await scene.at(48)
